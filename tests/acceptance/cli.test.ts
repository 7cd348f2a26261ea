import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { posthorn, TestNode } from '../support/node.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posthorn-cli-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the command line', () => {
  it('ends with 2 when called wrongly, and says where help is', async () => {
    for (const args of [['fly'], ['user', 'add'], ['init', '--ports', 'some'], ['status', '--colour']]) {
      const done = await posthorn(args)
      expect(done.code, args.join(' ')).toBe(2)
      expect(done.stderr).toContain('--help')
    }
  })

  it('ends with 0 after help and version', async () => {
    for (const args of [['--help'], ['folder', 'sync', '--help'], ['--version']]) {
      expect((await posthorn(args)).code).toBe(0)
    }
  })

  it('ends with 1 when it failed, with words on stderr and the code in JSON', async () => {
    const home = join(folder, 'nowhere')
    const words = await posthorn(['status', '--home', home])
    expect([words.code, words.stdout]).toEqual([1, ''])
    expect(words.stderr).toContain('posthorn init')
    const json = await posthorn(['status', '--home', home, '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'no-node' } })
  })
})

describe('people, cards, neighbours and folders', () => {
  let node: TestNode
  let other: TestNode
  beforeAll(async () => {
    node = await TestNode.make('camp')
    other = await TestNode.make('hut')
  })
  afterAll(() => Promise.all([node.remove(), other.remove()]))

  const failure = async (args: readonly string[], input = '') => {
    const done = await posthorn([...args, '--home', node.home, '--json'], input)
    expect(done.code).toBe(1)
    return (JSON.parse(done.stdout) as { error: { code: string } }).error.code
  }

  for (const state of ['stopped', 'running'] as const) {
    it(`answers alike while the node is ${state}`, async () => {
      if (state === 'running') await node.start()
      const added = await node.run<{ address: string; password: string; dclogin: string }>(
        ['user', 'add', `eve-${state}`, '--password-stdin'],
        'correct horse\n',
      )
      expect(added.password).toBe('correct horse')
      expect(added.dclogin).toMatch(
        /^dclogin:eve-\w+@camp-[a-z2-7]{16}\.nncp\.alt\?p=correct%20horse&v=1&ih=127\.0\.0\.1&/,
      )
      expect(await failure(['user', 'add', `eve-${state}`])).toBe('name-taken')
      expect(await failure(['user', 'add', 'Ünal'])).toBe('bad-name')
      expect(await failure(['user', 'add', 'short', '--password-stdin'], 'short\n')).toBe('bad-password')
      expect(await failure(['user', 'remove', 'nobody'])).toBe('unknown-user')
      await node.run(['user', 'remove', `eve-${state}`])
      expect(await node.run(['user', 'list'])).toEqual([])

      const card = join(folder, 'hut.card')
      await writeFile(card, (await posthorn(['card', 'show', '--home', other.home])).stdout)
      expect(await node.run(['neighbour', 'add', card, '--name', `hut-${state}`])).toMatchObject({
        name: `hut-${state}`,
        custody: 'ack',
        outcome: 'added',
      })
      expect(await node.run(['neighbour', 'add', await other.card()])).toMatchObject({ outcome: 'replaced' })
      expect(await failure(['neighbour', 'add', await node.card()])).toBe('own-card')
      expect(await failure(['neighbour', 'add', `${(await other.card()).slice(0, -3)}AAA`])).toBe('bad-card')
      expect(await failure(['neighbour', 'add', '-'], 'not a card')).toBe('bad-card')
      await node.run(['neighbour', 'remove', `hut-${state}`])
      expect(await failure(['neighbour', 'show', 'hut'])).toBe('unknown-neighbour')

      expect(await failure(['folder', 'sync'])).toBe('no-folder')
      expect(await failure(['folder', 'add', join(folder, 'missing')])).toBe('no-such-folder')
      expect(await failure(['folder', 'add', card])).toBe('no-such-folder')
      await node.run(['folder', 'add', folder, '--name', 'blue-1'])
      expect(await failure(['folder', 'add', folder, '--name', 'blue-2'])).toBe('path-taken')
      expect(await node.run(['folder', 'list'])).toMatchObject([{ name: 'blue-1', ready: true }])
      await node.run(['folder', 'remove', 'blue-1'])

      const status = await node.run<Record<string, unknown>>(['status'])
      expect(status).toMatchObject({ running: state === 'running', users: [], neighbours: [], folders: [] })
      expect(Object.keys(status)).toEqual(expect.arrayContaining(['node', 'listeners', 'inbox', 'quarantine']))
    })
  }

  it('keeps ports that it chose itself', async () => {
    const listeners = async () => (await node.run<{ listeners: Record<string, unknown> }>(['status'])).listeners
    const before = await listeners()
    expect(Object.keys(before).sort()).toEqual(['http', 'imap', 'imaps', 'nncp', 'pop3', 'pop3s', 'smtp', 'smtps'])
    await node.end()
    await node.start()
    expect(await listeners()).toEqual(before)
  })
})

it('npm start makes a node, runs it, says what to do next, and ends with npm', async () => {
  const home = join(folder, 'first')
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const args = ['start', '--', '--home', home, '--name', 'first', '--ports', 'auto', '--loopback']
  const child = spawn('npm', args, { cwd: root, stdio: 'pipe' })
  const ended = new Promise(resolve => child.once('exit', resolve))
  let text = ''
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', chunk => {
      text += String(chunk)
      if (text.includes('posthorn status')) resolve()
    })
    child.once('exit', () => reject(new Error(text)))
  })
  expect(text).toMatch(/id {6}[A-Z2-7]{52}/)
  expect(text).toMatch(/domain {2}first-[a-z2-7]{16}\.nncp\.alt/)
  expect(text).toMatch(/imap {4}127\.0\.0\.1, port \d+/)
  expect(text).toContain(`posthorn user add alice --home ${home}`)
  child.kill('SIGTERM')
  await ended
  // Whoever stops npm stops the node too: nothing is left behind that holds the home.
  const running = async () => JSON.parse((await posthorn(['status', '--home', home, '--json'])).stdout) as object
  await expect.poll(running, { timeout: 30_000 }).toMatchObject({ running: false })
})
