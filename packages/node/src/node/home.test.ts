/** Homes that others may enter, and homes whose pieces are not what they should be. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OperatingError, systemCode } from '../base/errors.ts'
import { silentLog } from '../base/log.ts'
import { openNode } from './assemble.ts'
import { type Home, homeAt, prepareSocketFolder, writePrivateFile } from './home.ts'
import { initNode } from './init.ts'

let folder: string
let home: Home

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-home-'))
  home = homeAt(join(folder, 'home'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const modeOf = (path: string) => statSync(path).mode & 0o777

describe('a home', () => {
  it('that a person made for it beforehand becomes private', async () => {
    mkdirSync(home.path)
    chmodSync(home.path, 0o777)
    await initNode(home, { name: 'camp', autoPorts: true })
    expect(modeOf(home.path)).toBe(0o700)
  })

  it('is not made in an open folder with other things in it, and that folder keeps its mode', async () => {
    mkdirSync(home.path)
    writeFileSync(join(home.path, 'letter.txt'), '')
    chmodSync(home.path, 0o755)
    await expect(initNode(home, { name: 'camp', autoPorts: true })).rejects.toMatchObject({ code: 'home-open' })
    expect(modeOf(home.path)).toBe(0o755)
  })

  it('is not written through links that somebody put there before', async () => {
    mkdirSync(home.path, { mode: 0o700 })
    const victim = join(folder, 'victim')
    writeFileSync(victim, 'mine')
    symlinkSync(victim, `${home.keys}.new`)
    symlinkSync(victim, `${home.config}.new`)
    await initNode(home, { name: 'camp', autoPorts: true })
    expect(readFileSync(victim, 'utf8')).toBe('mine')
    expect(modeOf(home.keys)).toBe(0o600)
  })
})

describe('a piece of the home that is not what it should be', () => {
  const pieces: readonly (keyof Home)[] = ['config', 'keys', 'database', 'spool', 'mail', 'lock']
  const kinds: Readonly<Record<string, (path: string) => void>> = {
    'a directory': path => mkdirSync(path),
    'a file of rubbish': path => writeFileSync(path, 'rubbish'),
    'a link in a circle': path => symlinkSync(path, path),
    'a link to nothing in a place that is not there': path => symlinkSync(join(folder, 'no', 'where'), path),
  }
  const cases = pieces.flatMap(piece => Object.keys(kinds).map(kind => [piece, kind] as const))

  it.each(cases)('%s as %s: no start, and a reason without a secret', async (piece, kind) => {
    await initNode(home, { name: 'camp', autoPorts: true })
    const isDirectoryOfOurs = piece === 'spool' || piece === 'mail'
    if (isDirectoryOfOurs && kind === 'a directory') return
    // It is repaired.
    if (piece === 'database' && kind === 'a file of rubbish') return
    const secret = String((JSON.parse(readFileSync(home.keys, 'utf8')) as Record<string, string>)['signprv'])
    rmSync(home[piece], { recursive: true, force: true })
    kinds[kind]?.(home[piece])
    const failure: unknown = await openNode(home, silentLog).then(
      async node => {
        await node.stop()
        return undefined
      },
      (error: unknown) => error,
    )
    expect(failure).toBeInstanceOf(Error)
    // An operating error, or one of the operating system, which the command line tells in its words.
    expect(
      failure instanceof OperatingError || /^(?:E[A-Z]+|ERR_SQLITE.*|SQLITE.*)$/.test(systemCode(failure) ?? ''),
    ).toBe(true)
    expect(String(failure)).not.toContain(secret)
  })
})

describe('private files', () => {
  it('are not left half-written when the name is taken by a directory', async () => {
    mkdirSync(home.path, { mode: 0o700 })
    mkdirSync(home.ports)
    await expect(writePrivateFile(home.ports, '{}')).rejects.toMatchObject({ code: 'EISDIR' })
  })

  it('a socket whose path is too long lies in a folder that only its owner may enter', () => {
    const long = homeAt(join(folder, 'x'.repeat(120)))
    prepareSocketFolder(long)
    expect(modeOf(dirname(long.socket))).toBe(0o700)
  })
})
