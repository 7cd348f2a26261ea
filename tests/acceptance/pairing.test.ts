import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inboxLetters, sendLetter } from '../support/mail.ts'
import { type Access, posthorn, TestNode } from '../support/node.ts'

interface Invite {
  readonly id: string
  readonly link: string
  readonly words: string
  readonly addresses: readonly string[]
  readonly expiresAt: string
}

interface Named {
  readonly name: string
  readonly addresses: readonly string[]
}

const neighbours = async (node: TestNode) => (await node.run<Named[]>(['neighbour', 'list'])).map(({ name }) => name)
const forget = (node: TestNode, name: string) => node.run(['neighbour', 'remove', name])
const has = async (access: Access, word: string) =>
  (await inboxLetters(access)).filter(letter => letter.text.includes(word)).length

/** `posthorn invite`, which goes on waiting. */
async function inviting(node: TestNode, args: readonly string[] = []) {
  const { line, done } = node.begin(['invite', ...args])
  const invite = JSON.parse(await line()) as Invite
  return { ...invite, done, next: async () => JSON.parse(await line()) as Record<string, unknown> }
}

const invite = (node: TestNode) => node.run<Invite>(['invite', '--no-wait'])

async function failing(node: TestNode, args: readonly string[]): Promise<string> {
  const done = await posthorn([...args, '--home', node.home, '--json'])
  expect(done.code).toBe(1)
  return (JSON.parse(done.stdout) as { error: { code: string } }).error.code
}

describe('pairing', () => {
  let ridge: TestNode
  let valley: TestNode
  let third: TestNode
  let alice: Access
  let bob: Access

  beforeAll(async () => {
    ;[ridge, valley, third] = (await Promise.all(['ridge', 'valley', 'third'].map(name => TestNode.make(name)))) as [
      TestNode,
      TestNode,
      TestNode,
    ]
    bob = await ridge.addUser('bob')
    alice = await valley.addUser('alice')
    await Promise.all([ridge.start(), valley.start()])
  })
  afterAll(async () => {
    await Promise.all([ridge?.remove(), valley?.remove(), third?.remove()])
  })

  it('with a link: both know each other, who waits is told, and letters cross with nothing else set', async () => {
    const { link, done, next, addresses } = await inviting(ridge)
    const joined = await valley.run<Named>(['join', link])
    expect(joined).toMatchObject({ name: 'ridge', outcome: 'added', addresses })
    expect(await next()).toMatchObject({ ending: { kind: 'joined', neighbour: 'valley', confirmed: true } })
    expect((await done).code).toBe(0)
    // Each knows where to call the other, so that either may begin.
    const [known] = await ridge.run<Named[]>(['neighbour', 'list'])
    expect(known).toMatchObject({ name: 'valley', addresses: [expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:\d+$/)] })
    await sendLetter(alice, { to: bob.address, text: 'after one step' })
    await expect.poll(() => has(bob, 'after one step'), { timeout: 30_000 }).toBe(1)
    await sendLetter(bob, { to: alice.address, text: 'and back' })
    await expect.poll(() => has(alice, 'and back'), { timeout: 30_000 }).toBe(1)
    expect(await failing(valley, ['join', link])).toBe('invite-used')
    expect(await failing(third, ['join', link])).toBe('invite-used')
    expect(await neighbours(third)).toEqual([])
  })

  it('with six words and an address, under names that people give', async () => {
    const { words, addresses } = await invite(ridge)
    const joined = await third.run(['join', ...words.split(' '), '--addr', addresses[0] ?? '', '--name', 'hill'])
    expect(joined).toMatchObject({ name: 'hill' })
    expect(await neighbours(ridge)).toEqual(['third', 'valley'])
    expect(await neighbours(third)).toEqual(['hill'])
    await Promise.all([forget(ridge, 'third'), forget(third, 'hill')])
  })

  it('wrong words three times: the invite is void, and its person knows', async () => {
    const { words, addresses, next, done } = await inviting(ridge)
    const where = ['--addr', addresses[0] ?? '']
    const guess = [words.split(' ')[0] ?? '', 'zoo', 'zoo', 'zoo', 'zoo', 'zoo']
    for (const tries of [1, 2, 3]) {
      expect(await failing(third, ['join', ...guess, ...where])).toBe('wrong-words')
      expect(await next()).toMatchObject({ notice: { kind: 'tried', tries, triesMax: 3 } })
    }
    expect(await next()).toEqual({ ending: { kind: 'void' } })
    expect((await done).code).toBe(1)
    expect(await failing(third, ['join', ...words.split(' '), ...where])).toBe('no-invite')
    expect(await failing(third, ['join', 'only', 'two', ...where])).toBe('bad-words')
  })

  it('expired, or cancelled, it is of no use', async () => {
    const { link, next, done } = await inviting(ridge, ['--valid', '1s'])
    expect(await next()).toEqual({ ending: { kind: 'expired' } })
    expect((await done).code).toBe(1)
    expect(await failing(third, ['join', link])).toBe('no-invite')
    const other = await inviting(ridge)
    await ridge.run(['invite', 'cancel', other.id])
    expect(await other.next()).toEqual({ ending: { kind: 'cancelled' } })
    expect(await failing(third, ['join', other.link])).toBe('no-invite')
  })

  it('two who join at once: one is in, the other is told', async () => {
    const fourth = await TestNode.make('fourth')
    const { link } = await invite(ridge)
    const both = await Promise.all([third, fourth].map(node => posthorn(['join', link, '--home', node.home, '--json'])))
    expect(both.map(({ code }) => String(code)).sort()).toEqual(['0', '1'])
    expect(both.find(({ code }) => code === 1)?.stdout).toContain('invite-used')
    const known = await neighbours(ridge)
    expect(known).toHaveLength(2)
    expect([...(await neighbours(third)), ...(await neighbours(fourth))]).toEqual(['ridge'])
    await forget(ridge, known.find(name => name !== 'valley') ?? '')
    await third.run(['neighbour', 'remove', 'ridge']).catch(() => {})
    await fourth.remove()
  })

  it('a used invite stays used, and an open one open, through kill -9', async () => {
    const [used, open] = [await invite(ridge), await invite(ridge)]
    await third.run(['join', used.link])
    await forget(third, 'ridge')
    await ridge.end('SIGKILL')
    await ridge.start()
    expect(await failing(valley, ['join', used.link])).toBe('invite-used')
    await forget(ridge, 'third')
    await third.run(['join', open.link])
    expect(await neighbours(ridge)).toEqual(['third', 'valley'])
    await Promise.all([forget(ridge, 'third'), forget(third, 'ridge')])
  })

  it('a card with the name of another and other keys is refused, and shown to the person', async () => {
    const double = await TestNode.make('valley')
    const { link, next, id } = await inviting(ridge)
    expect(await failing(double, ['join', link])).toBe('name-taken')
    const { notice } = (await next()) as { notice: { code: string; message: string } }
    expect(notice.code).toBe('name-taken')
    const { id: doublesId } = await double.run<{ id: string }>(['card', 'show'])
    expect(notice.message).toContain(doublesId)
    expect(await neighbours(double)).toEqual([])
    await ridge.run(['invite', 'cancel', id])
    await double.remove()
  })

  it('who does not run cannot be called, and says so', async () => {
    expect(await failing(third, ['invite', '--no-wait'])).toBe('not-running')
  })
})

describe('pairing by files', () => {
  let ridge: TestNode
  let valley: TestNode
  let third: TestNode
  const at = (node: TestNode, name: string) => join(node.home, name)

  beforeAll(async () => {
    ;[ridge, valley, third] = (await Promise.all(['ridge', 'valley', 'third'].map(name => TestNode.make(name)))) as [
      TestNode,
      TestNode,
      TestNode,
    ]
  })
  afterAll(async () => {
    await Promise.all([ridge?.remove(), valley?.remove(), third?.remove()])
  })

  it('an invitation and its reply, with no node running: mutual, once', async () => {
    const invitation = at(ridge, 'invitation')
    await ridge.run(['invite', '--file', invitation])
    expect((await stat(invitation)).mode & 0o777).toBe(0o600)
    const reply = at(valley, 'reply')
    expect(await valley.run(['join', invitation, '--reply', reply])).toMatchObject({ name: 'ridge', outcome: 'added' })
    await third.run(['join', invitation, '--reply', at(third, 'reply')])
    expect(await ridge.run(['invite', 'accept', reply])).toMatchObject({ name: 'valley', outcome: 'added' })
    expect(await failing(ridge, ['invite', 'accept', at(third, 'reply')])).toBe('invite-used')
    expect(await failing(ridge, ['invite', 'accept', reply])).toBe('invite-used')
    expect([await neighbours(ridge), await neighbours(valley)]).toEqual([['valley'], ['ridge']])
    expect(await ridge.run(['invite', 'list'])).toMatchObject([{ kind: 'file', state: 'used', usedBy: 'valley' }])
  })

  it('files that are there are not overwritten, and altered ones are refused', async () => {
    const invitation = at(ridge, 'second')
    await writeFile(invitation, 'mine')
    expect(await failing(ridge, ['invite', '--file', invitation])).toBe('file-exists')
    expect(await readFile(invitation, 'utf8')).toBe('mine')
    expect(await ridge.run(['invite', 'list'])).toHaveLength(1)
    const reply = await readFile(at(valley, 'reply'), 'utf8')
    await writeFile(
      at(valley, 'altered'),
      reply.replace(/(?<=posthorn:.{60})./, last => (last === '_' ? '-' : '_')),
    )
    expect(await failing(ridge, ['invite', 'accept', at(valley, 'altered')])).toBe('bad-invite')
  })
})
