/** Programs that one Posthorn runs for another, by the command line, with and without a running node. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { introduce, posthorn, TestNode } from '../support/node.ts'
import { makeStick, sync } from '../support/stick.ts'

describe('a program that a neighbour may run', () => {
  let folder: string
  let valley: TestNode
  let ridge: TestNode
  let stick: Awaited<ReturnType<typeof makeStick>>
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-exec-'))
    stick = await makeStick()
    valley = await TestNode.make('valley')
    ridge = await TestNode.make('ridge')
    await introduce(valley, ridge)
  })
  afterAll(async () => {
    await Promise.all([valley?.remove(), ridge?.remove(), stick?.remove()])
    await rm(folder, { recursive: true, force: true })
  })

  it('is added, listed, run by toss when no node runs, and taken away', async () => {
    const file = join(folder, 'input')
    const command = ['/bin/sh', '-c', `cat > ${file}; printf '[%s]' "$@" > ${file}.args`, '-x']
    await ridge.run(['handle', 'add', 'valley', 'store', '--result-to', 'nobody', '--', ...command])
    expect(await ridge.run(['handle', 'list'])).toEqual([
      { name: 'store', command, from: ['valley'], resultFrom: null, resultTo: ['nobody'], configured: false },
    ])
    const input = randomBytes(20_000_000).toString('base64')
    const sent = await valley.run<{ packet: string }>(['exec', 'ridge', 'store', '--', '--', '-a', ''], input)
    await sync(valley, stick.path)
    await sync(ridge, stick.path)
    expect(await readFile(file).catch(() => null)).toBeNull()
    expect(await ridge.run(['toss'])).toEqual({ inbox: 0, quarantine: 0 })
    expect((await readFile(file, 'utf8')) === input).toBe(true)
    expect(await readFile(`${file}.args`, 'utf8')).toBe('[--][-a][]')
    expect(sent.packet).toMatch(/^[A-Z2-7]{52}$/)
    await sync(ridge, stick.path)
    await sync(valley, stick.path)
    expect(await valley.run(['status'])).toMatchObject({ neighbours: [{ queued: { packets: 0 } }] })
    await ridge.run(['handle', 'remove', 'valley', 'store'])
    expect(await ridge.run(['handle', 'list'])).toEqual([])
  })

  it('is refused where it makes no sense', async () => {
    const failure = async (node: TestNode, args: readonly string[]) => {
      const done = await posthorn([...args, '--home', node.home, '--json'], 'x')
      return [done.code, (JSON.parse(done.stdout) as { error: { code: string } }).error.code]
    }
    expect(await failure(valley, ['exec', 'nobody', 'x'])).toEqual([1, 'unknown-neighbour'])
    expect(await failure(valley, ['exec', 'ridge', 'x', 'y'.repeat(254)])).toEqual([1, 'exec-too-long'])
    expect(await failure(ridge, ['handle', 'add', 'valley', 'sendmail', '/bin/true'])).toEqual([1, 'bad-name'])
    expect(await failure(ridge, ['handle', 'add', 'nobody', 'x', '/bin/true'])).toEqual([1, 'unknown-neighbour'])
    expect(await failure(ridge, ['handle', 'remove', 'valley', 'x'])).toEqual([1, 'unknown-handle'])
    expect(await valley.run(['status'])).toMatchObject({ neighbours: [{ queued: { packets: 0 } }] })
  })
})
