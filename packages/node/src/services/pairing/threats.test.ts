import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pairingLimits } from './limits.ts'
import { metAt } from './met.ts'
import { invite, openPake, rig, signal, stranger, turn, until } from './rig.ts'
import { encodeText, readText } from './texts.ts'

const wrong = (words: string) => `${words.split(' ')[0]} zoo zoo zoo zoo zoo`

describe('guessing the words', () => {
  it('each wrong guess counts, and the third makes the invite void; the person is told', async () => {
    const { valley, ridge } = await rig()
    const { words, invite: made } = await invite(valley)
    for (let guess = 0; guess < 3; guess += 1) {
      await expect(ridge.join(wrong(words))).rejects.toMatchObject({ code: 'wrong-words' })
      await until(async () => (await valley.pairing.follow(made.id, guess, signal))?.notices.length === 1)
    }
    const course = await valley.pairing.follow(made.id, 0, signal)
    expect(course?.notices.map(notice => notice.kind === 'tried' && notice.tries)).toEqual([1, 2, 3])
    expect(course?.ending).toEqual({ kind: 'void' })
    await expect(ridge.join(words)).rejects.toMatchObject({ code: 'no-invite' })
    expect(await valley.directory.neighbours.list()).toEqual([])
  })

  it('a guess that was right costs none', async () => {
    const { valley, ridge } = await rig(openPake)
    const { words, invite: made } = await invite(valley)
    await expect(ridge.join(wrong(words))).rejects.toMatchObject({ code: 'wrong-words' })
    await ridge.join(words)
    expect(await valley.directory.invites.get(made.id)).toMatchObject({ tries: 1, confirmed: true })
  })

  it('guesses at the same time count together, before any of them can be judged', async () => {
    const { network, valley } = await rig(openPake)
    const { invite: made } = await invite(valley)
    const guessers = await Promise.all(Array.from({ length: 4 }, () => stranger(network)))
    for (const guesser of guessers) {
      await guesser.magic()
      await guesser.say({ kind: 'hello', invite: made.id, request: 'x' })
    }
    await until(() => guessers.every(({ heard }) => heard.length === 1))
    const challenged = guessers.filter(({ heard }) => heard[0]?.kind === 'challenge')
    expect(challenged).toHaveLength(3)
    expect((await valley.directory.invites.get(made.id))?.tries).toBe(3)
    for (const guesser of guessers) await guesser.hangUp()
    expect((await valley.pairing.follow(made.id, 2, signal))?.ending).toEqual({ kind: 'void' })
  })

  it('a guess survives a crash: it was counted before it was answered', async () => {
    const { network, valley } = await rig(openPake)
    const { invite: made } = await invite(valley)
    const guesser = await stranger(network)
    await guesser.magic()
    await guesser.say({ kind: 'hello', invite: made.id, request: 'x' })
    await until(() => guesser.heard.length === 1)
    expect((await valley.directory.invites.get(made.id))?.tries).toBe(1)
    await guesser.hangUp()
  })

  it('at large: who hits no invite learns that, counts nowhere, and is slowed down', async () => {
    const { network, valley, clock, ridge } = await rig(openPake)
    const { words, invite: made } = await invite(valley)
    for (let call = 0; call < pairingLimits.callsPerMinuteAndOriginMax; call += 1) {
      const guesser = await stranger(network)
      await guesser.magic()
      await guesser.say({ kind: 'hello', invite: 'no-such-word', request: 'x' })
      await guesser.closed
      expect(guesser.heard).toEqual([{ kind: 'refusal', code: 'no-invite' }])
    }
    await expect(ridge.join(words)).rejects.toMatchObject({ code: 'busy', retry: 'later' })
    expect((await valley.directory.invites.get(made.id))?.tries).toBe(0)
    clock.pass(60_000)
    await turn()
    await ridge.join(words)
  })
})

describe('invites', () => {
  it('an expired one is none, and whoever waits is told', async () => {
    const { clock, valley, ridge } = await rig(openPake)
    const { words, invite: made } = await invite(valley)
    const following = valley.pairing.follow(made.id, 0, signal)
    clock.pass(900_000)
    expect((await following)?.ending).toEqual({ kind: 'expired' })
    await expect(ridge.join(words)).rejects.toMatchObject({ code: 'no-invite' })
    expect(await valley.pairing.list()).toEqual([])
  })

  it.each([400 * 86_400_000, -400 * 86_400_000])(
    'a clock that jumps by %i ms neither ends nor prolongs one',
    async ms => {
      const { clock, jump, valley, ridge } = await rig(openPake)
      const [first, second] = [await invite(valley), await invite(valley)]
      jump(ms)
      await ridge.join(first.words)
      clock.pass(900_000)
      await turn()
      await expect(ridge.join(second.words)).rejects.toMatchObject({ code: 'no-invite' })
    },
  )

  it('longer than a timer can count', async () => {
    const { clock, valley } = await rig(openPake)
    const days = 86_400_000
    const { invite: made } = await valley.pairing.inviteByFile({ name: null, lifeMs: 60 * days, self: valley.self })
    for (let day = 0; day < 59; day += 1) {
      clock.pass(days)
      await turn()
    }
    expect(await valley.pairing.list()).toMatchObject([{ id: made.id, isOpen: true }])
    clock.pass(days)
    await turn()
    expect((await valley.pairing.follow(made.id, 0, signal))?.ending).toEqual({ kind: 'expired' })
  })

  it('two joiners at once: one is taken in, the other is told', async () => {
    const { valley, ridge, newNode } = await rig(openPake)
    const third = await newNode('third')
    const { words } = await invite(valley)
    const outcomes = await Promise.allSettled([ridge.join(words), third.join(words)])
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'invite-used' } })
    expect(await valley.directory.neighbours.list()).toHaveLength(1)
    expect((await ridge.knows(valley)) !== (await third.knows(valley))).toBe(true)
  })

  it('a used one is of no use again, not even to who has used it', async () => {
    const { valley, ridge } = await rig(openPake)
    const { words } = await invite(valley)
    await ridge.join(words)
    await expect(ridge.join(words)).rejects.toMatchObject({ code: 'invite-used' })
    await valley.directory.neighbours.remove(ridge.identity.id)
    await expect(ridge.join(words)).rejects.toMatchObject({ code: 'no-invite' })
    expect(await valley.directory.neighbours.list()).toEqual([])
  })

  it('a card that has the name of another needs a person, who is told; then it goes on', async () => {
    const { valley, ridge, newNode } = await rig(openPake)
    const { words: first } = await invite(valley)
    await ridge.join(first)
    const { words, invite: made } = await invite(valley)
    const second = await newNode('ridge')
    await expect(second.join(words)).rejects.toMatchObject({ code: 'name-taken' })
    expect(await valley.pairing.follow(made.id, 0, signal)).toMatchObject({
      notices: [{ kind: 'refused', code: 'name-taken' }],
      ending: null,
    })
    expect(await second.knows(valley)).toBe(false)
    await valley.directory.neighbours.remove(ridge.identity.id)
    await second.join(words)
    expect(await valley.knows(second)).toBe(true)
  })

  it('who joins may have to decide as well: nothing is kept on either side', async () => {
    const { valley, ridge, newNode, network } = await rig(openPake)
    const other = await newNode('valley')
    await other.serve(network, 'tcp://other:1')
    await ridge.join((await invite(other)).words, 'tcp://other:1')
    const { words } = await invite(valley)
    await expect(ridge.join(words)).rejects.toMatchObject({ code: 'name-taken' })
    expect(await valley.directory.neighbours.list()).toEqual([])
  })
})

describe('a man in the middle', () => {
  it('who answers in place of the node that the link names is found out, though he knows the words', async () => {
    const { valley, ridge, newNode } = await rig(openPake)
    const other = await newNode('other')
    const made = await invite(valley)
    const link = readText(made.link)
    if (link.kind !== 'link') throw new Error('no link')
    const forged = encodeText({ ...link, node: other.identity.id })
    await expect(ridge.join(forged)).rejects.toMatchObject({ code: 'wrong-node' })
    expect([await ridge.knows(valley), await valley.knows(ridge)]).toEqual([false, false])
  })

  it('programs in the addresses of a link are not run', async () => {
    const { valley, ridge } = await rig(openPake)
    const { link } = await invite(valley, { addresses: ['pipe:?run=touch', '|touch x', 'tcp://'] })
    await expect(ridge.join(link, null)).rejects.toMatchObject({ code: 'no-address' })
  })
})

describe('strangers', () => {
  it('who say nothing, or never go on, are hung up on; others are served', async () => {
    const { clock, network, valley, ridge } = await rig(openPake)
    const { words, invite: made } = await invite(valley)
    const silent = await stranger(network)
    const slow = await stranger(network)
    await slow.magic()
    await slow.say({ kind: 'hello', invite: made.id, request: 'x' })
    await until(() => slow.heard.length === 1)
    await ridge.join(words)
    clock.pass(pairingLimits.conversationMsMax)
    await Promise.all([silent.closed, slow.closed])
  })

  it('who come all at once are told to come later', async () => {
    const { network, valley, ridge } = await rig(openPake)
    const { words } = await invite(valley)
    const crowd = await Promise.all(
      Array.from({ length: pairingLimits.conversationsPerOriginMax }, () => stranger(network)),
    )
    await turn()
    await expect(ridge.join(words)).rejects.toMatchObject({ code: 'busy', retry: 'later' })
    for (const one of crowd) await one.hangUp()
    await turn()
    await ridge.join(words)
  })

  it('who flood, or talk something else, are hung up on at once', async () => {
    const { network, valley } = await rig(openPake)
    await invite(valley)
    for (const bytes of [
      randomBytes(64),
      new Uint8Array(pairingLimits.unreadBytesMax + 1),
      Buffer.from('GET / HTTP/1.1'),
    ]) {
      const one = await stranger(network)
      await one.raw(bytes).catch(() => {})
      await one.closed
      expect(one.heard).toEqual([])
    }
  })

  it('before the node serves, everybody is told to come later', async () => {
    const { valley, ridge } = await rig(openPake)
    const { words } = await invite(valley)
    await valley.pairing.stop()
    const { openPairing } = await import('./index.ts')
    valley.pairing = await openPairing(valley.options)
    await expect(ridge.join(words)).rejects.toMatchObject({ code: 'busy' })
  })
})

describe('what people carry', () => {
  it('any text is an invite or an error in words', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom('PHLINK', 'PHFILE', 'PHREPL', ''),
        (bytes, magic) => {
          const text = `posthorn:${Buffer.concat([Buffer.from(`${magic}\0\x01`), bytes]).toString('base64url')}`
          expect(() => readText(text)).toThrow(expect.objectContaining({ code: 'bad-invite' }))
        },
      ),
    )
  })

  it('a link with a slip in it is found out before anything is tried', async () => {
    const { valley } = await rig(openPake)
    const { link } = await invite(valley)
    for (let at = 'posthorn:'.length; at < link.length; at += 1) {
      const letter = link[at] === 'A' ? 'B' : 'A'
      const slipped = link.slice(0, at) + letter + link.slice(at + 1)
      // The last letter may carry bits that mean nothing.
      if (at < link.length - 1) expect(() => readText(slipped)).toThrow(expect.objectContaining({ code: 'bad-invite' }))
      expect(() => readText(link.slice(0, at))).toThrow(expect.objectContaining({ code: 'bad-invite' }))
    }
  })

  it.each([
    ['tcp://192.168.1.7:50123', 5400, ['tcp://192.168.1.7:5400']],
    ['tcp://[fe80::1]:50123?zone=eth0', 5400, ['tcp://[fe80::1]:5400?zone=eth0']],
    ['tcp://127.0.0.1:50123', 5400, ['tcp://127.0.0.1:5400']],
    ['tcp://203.0.113.9:50123', 5400, []],
    ['tcp://192.168.1.7:50123', 0, []],
    ['tcp://caller:1', 5400, []],
  ])('who calls from %s and listens on %i can be called at %j', (remote, port, addresses) => {
    expect(metAt(remote, port)).toEqual(addresses)
  })
})
