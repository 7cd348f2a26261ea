import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { logFile, readLog } from './log-file.ts'

let folder: string
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'posthorn-log-')), 'log')
})
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

const path = (name = 'posthorn.log') => join(folder, name)

async function all(): Promise<string[]> {
  const lines: string[] = []
  for await (const line of readLog(folder, { follow: false, signal: new AbortController().signal })) lines.push(line)
  return lines
}

/** Machines that run tests are busy. */
const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 20_000 })

describe('the log that is kept', () => {
  it('is for this user alone, is gone on with, and read the oldest first', async () => {
    expect(await all()).toEqual([])
    logFile(folder, 4000).write('one\n')
    logFile(folder, 4000).write('Grüße\n')
    expect([statSync(folder).mode & 0o777, statSync(path()).mode & 0o777]).toEqual([0o700, 0o600])
    expect(await all()).toEqual(['one', 'Grüße'])
  })

  it('keeps the latest in a few files, however much comes', async () => {
    const file = logFile(folder, 4000)
    for (let number = 0; number < 1000; number += 1) file.write(`line ${number}\n`)
    const names = readdirSync(folder).sort((one, other) => one.localeCompare(other))
    expect(names).toEqual(['posthorn.log', 'posthorn.log.1', 'posthorn.log.2', 'posthorn.log.3'])
    expect(names.reduce((sum, name) => sum + statSync(path(name)).size, 0)).toBeLessThan(4100)
    const lines = await all()
    const first = Number(lines[0]?.slice(5))
    expect(first).toBeGreaterThan(500)
    expect(lines).toEqual(Array.from({ length: 1000 - first }, (_, at) => `line ${first + at}`))
  })

  it('is not kept when nothing may be, and what cannot be written is dropped', () => {
    logFile(folder, 0).write('one\n')
    expect(() => readdirSync(folder)).toThrow('ENOENT')
    const secret = join(folder, '..', 'secret')
    writeFileSync(secret, 'untouched')
    writeFileSync(folder, 'a file where the folder should be')
    const file = logFile(folder, 4000)
    file.write('dropped\n')
    rmSync(folder)
    file.write('kept\n')
    expect(readFileSync(path(), 'utf8')).toBe('kept\n')
    rmSync(path())
    symlinkSync(secret, path())
    logFile(folder, 4000).write('not through a link\n')
    expect(readFileSync(secret, 'utf8')).toBe('untouched')
  })
})

describe('following it', () => {
  it('goes on with what comes, over new files, and half lines are waited for', async () => {
    const file = logFile(folder, 400)
    const stop = new AbortController()
    const lines: string[] = []
    const following = (async () => {
      for await (const line of readLog(folder, { follow: true, signal: stop.signal })) lines.push(line)
    })()
    file.write('first\n')
    await until(() => expect(lines).toEqual(['first']))
    appendFileSync(path(), 'half')
    appendFileSync(path(), ' and half\n')
    await until(() => expect(lines.at(-1)).toBe('half and half'))
    for (let number = 0; number < 5; number += 1) {
      const line = `${number}${'x'.repeat(120)}`
      file.write(`${line}\n`)
      await until(() => expect(lines.at(-1)).toBe(line))
    }
    expect(lines).toHaveLength(7)
    expect(readdirSync(folder).length).toBeGreaterThan(2)
    stop.abort()
    await following
  })
})
