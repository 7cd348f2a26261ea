import { describe, expect, it } from 'vitest'
import { OperatingError } from '../../base/errors.ts'
import { pairingLimits } from './limits.ts'
import { invite, openPake, rig, signal, there, turn } from './rig.ts'
import { encodeText, readText } from './texts.ts'

describe('pairing over a line', () => {
  it('with a link: both keep each other, under the name and where they met', async () => {
    const { valley, ridge } = await rig()
    const { link, invite: made } = await invite(valley, { name: 'hill' })
    const joined = await ridge.join(link, null)
    expect(joined).toMatchObject({
      neighbour: { name: 'valley', addresses: [there] },
      outcome: 'added',
      address: there,
    })
    expect(await valley.pairing.follow(made.id, 0, signal)).toEqual({
      notices: [],
      ending: { kind: 'joined', neighbour: 'hill', id: ridge.identity.id, confirmed: true },
    })
    expect([await valley.knows(ridge), await ridge.knows(valley)]).toEqual([true, true])
    expect([valley.changes, ridge.changes]).toEqual([1, 1])
  })

  it('with words and an address, typed as people type', async () => {
    const { valley, ridge } = await rig()
    const { words } = await invite(valley)
    await ridge.join(words.toUpperCase().replaceAll(' ', '-'))
    expect([await valley.knows(ridge), await ridge.knows(valley)]).toEqual([true, true])
  })

  it('with words alone: who is near is asked, and nobody learns them', async () => {
    const { valley, ridge, newNode, network } = await rig(openPake)
    const other = await newNode('other')
    await other.serve(network, 'tcp://other:1')
    ridge.nearby = ['tcp://nobody:1', 'tcp://other:1', there].map(url => ({ id: url, url }))
    await ridge.join((await invite(valley)).words, null)
    expect(await valley.knows(ridge)).toBe(true)
    expect(await other.directory.neighbours.list()).toEqual([])
  })

  it('a link finds its node in the local network, where its addresses do not lead', async () => {
    const { valley, ridge } = await rig(openPake)
    const { link } = await invite(valley, { addresses: ['tcp://nobody:1'] })
    ridge.nearby = [
      { id: 'other', url: 'tcp://never-asked:1' },
      { id: valley.identity.id, url: there },
    ]
    expect(await ridge.join(link, null)).toMatchObject({ address: there })
  })

  it('nobody to call, and nobody there, are said in words', async () => {
    const { valley, ridge } = await rig(openPake)
    const { words, link } = await invite(valley, { addresses: [] })
    await expect(ridge.join(words, null)).rejects.toMatchObject({ code: 'no-address' })
    await expect(ridge.join(link, null)).rejects.toMatchObject({ code: 'no-address' })
    await expect(ridge.join(words, 'tcp://nobody:1')).rejects.toMatchObject({ code: 'no-connection' })
    await expect(valley.join(link)).rejects.toMatchObject({ code: 'own-card' })
  })

  it('goes on where it was cut, at whatever byte, and nobody else can use it', { timeout: 120_000 }, async () => {
    const { clock, network, valley, ridge, newNode } = await rig(openPake)
    const thief = await newNode('thief')
    let bytes = 0
    let whole = false
    for (; !whole; bytes += 1) {
      // So that it is not too much for one minute.
      clock.pass(60_000)
      await turn()
      const { words, invite: made } = await invite(valley)
      network.cutAfterBytes = bytes
      whole = await ridge.join(words).then(
        () => network.cutAfterBytes > 0,
        error => {
          expect(error).toMatchObject({ code: 'pairing-cut' })
          return false
        },
      )
      const joinerKeeps = await ridge.knows(valley)
      network.cutAfterBytes = Number.POSITIVE_INFINITY
      // Never does one that was called keep less than what the one that has called was told.
      if (joinerKeeps) expect(await valley.knows(ridge), `cut after ${bytes}`).toBe(true)
      else await ridge.join(words)
      expect([await valley.knows(ridge), await ridge.knows(valley)], `cut after ${bytes}`).toEqual([true, true])
      // Somebody else who has the words. Now and then: it is a conversation more.
      const refused = { code: expect.stringMatching(/^(invite-used|no-invite)$/) }
      if (bytes % 16 === 0) await expect(thief.join(words), `cut after ${bytes}`).rejects.toMatchObject(refused)
      expect(await valley.knows(thief)).toBe(false)
      await valley.pairing.cancel(made.id)
      await ridge.directory.neighbours.remove(valley.identity.id)
      await valley.directory.neighbours.remove(ridge.identity.id)
    }
    expect(bytes).toBeGreaterThan(1000)
  })

  it('whoever waits is told when the line was cut behind the last word', async () => {
    const { network, valley, ridge } = await rig(openPake)
    const before = await invite(valley)
    const start = network.carriedBytes
    await ridge.join(before.words)
    const wholeBytes = network.carriedBytes - start
    await valley.directory.neighbours.remove(ridge.identity.id)
    const { words, invite: made } = await invite(valley)
    // The hello holds the invite's name, filled up to four letters.
    const filled = ({ length }: string) => Math.ceil(length / 4) * 4
    network.cutAfterBytes = wholeBytes + filled(made.id) - filled(before.invite.id) - 1
    await ridge.join(words)
    const course = await valley.pairing.follow(made.id, 0, signal)
    expect(course).toEqual({ notices: [{ kind: 'unconfirmed', neighbour: 'ridge' }], ending: null })
    network.cutAfterBytes = Number.POSITIVE_INFINITY
    await ridge.join(words)
    expect((await valley.pairing.follow(made.id, 1, signal))?.ending).toMatchObject({ kind: 'joined', confirmed: true })
  })

  it('invites, what became of them and what was tried survive a restart, and no more than their time', async () => {
    const { clock, valley, ridge, newNode } = await rig(openPake)
    const third = await newNode('third')
    const [used, open, old] = [await invite(valley), await invite(valley), await invite(valley)]
    await ridge.join(used.words)
    await valley.directory.invites.setTries(open.invite.id, 2)
    await valley.pairing.stop()
    await valley.start()
    await expect(third.join(used.words)).rejects.toMatchObject({ code: 'invite-used' })
    await third.join(open.words)
    expect(await valley.knows(third)).toBe(true)
    await valley.pairing.stop()
    clock.pass(900_000)
    await valley.start()
    await expect(ridge.join(old.words)).rejects.toMatchObject({ code: 'no-invite' })
  })

  it('a disk that is full ends the conversation, and nothing else', async () => {
    const { valley, ridge } = await rig(openPake)
    const { words } = await invite(valley)
    const { invites } = valley.directory
    const full = async () => {
      throw new OperatingError('the disk is full', { code: 'disk-full', retry: 'later' })
    }
    for (const operation of ['use', 'setTries', 'confirm'] as const) {
      const works = invites[operation]
      Object.assign(invites, { [operation]: full })
      if (operation === 'confirm') await ridge.join(words)
      else await expect(ridge.join(words)).rejects.toMatchObject({ code: 'pairing-cut' })
      expect(await ridge.knows(valley)).toBe(operation === 'confirm')
      Object.assign(invites, { [operation]: works })
    }
    await turn()
    await ridge.join(words)
    expect(await valley.knows(ridge)).toBe(true)
  })

  it('cancelled is cancelled; the list tells', async () => {
    const { valley, ridge } = await rig(openPake)
    const { words, invite: made } = await invite(valley)
    expect(await valley.pairing.list()).toMatchObject([{ id: made.id, isOpen: true }])
    const following = valley.pairing.follow(made.id, 0, signal)
    await valley.pairing.cancel(made.id)
    expect((await following)?.ending).toEqual({ kind: 'cancelled' })
    await expect(ridge.join(words)).rejects.toMatchObject({ code: 'no-invite' })
    expect(await valley.pairing.cancel(made.id)).toBeUndefined()
  })

  it('open invites are bounded; used ones give way', async () => {
    const { valley, ridge } = await rig(openPake)
    const first = await invite(valley)
    await ridge.join(first.words)
    for (let count = 0; count < pairingLimits.invitesMax; count += 1) await invite(valley)
    await expect(invite(valley)).rejects.toMatchObject({ code: 'too-many-invites' })
    expect(await valley.pairing.list()).toHaveLength(pairingLimits.invitesMax)
  })

  it('stops in the middle of a conversation, and nobody waits', async () => {
    const { network, valley } = await rig(openPake)
    const connection = await network.transport.dial(new URL(there), { signal })
    await turn()
    const { invite: made } = await invite(valley)
    const following = valley.pairing.follow(made.id, 0, signal)
    await valley.pairing.stop()
    await expect(following).rejects.toMatchObject({ name: 'AbortError' })
    expect(await connection.read()[Symbol.asyncIterator]().next()).toMatchObject({ done: true })
  })
})

describe('pairing by files', () => {
  const byFile = (node: Awaited<ReturnType<typeof rig>>['valley']) =>
    node.pairing.inviteByFile({ name: null, lifeMs: 86_400_000, self: node.self })
  const answer = (node: Awaited<ReturnType<typeof rig>>['valley'], text: string) =>
    node.pairing.reply({ invite: `# remarks\n${text}\n`, name: null, self: node.self })

  it('an invitation and its reply make two neighbours, once', async () => {
    const { valley, ridge, newNode } = await rig()
    const third = await newNode('third')
    const { text, invite: made } = await byFile(valley)
    const reply = await answer(ridge, text)
    expect(reply.joined).toMatchObject({ neighbour: { name: 'valley' }, outcome: 'added', address: null })
    const other = await answer(third, text)
    expect(await valley.pairing.acceptReply({ reply: reply.text, name: 'hill' })).toMatchObject({ outcome: 'added' })
    expect([await valley.knows(ridge), await ridge.knows(valley)]).toEqual([true, true])
    expect((await valley.directory.neighbours.byName('hill'))?.identity.id).toBe(ridge.identity.id)
    expect((await valley.pairing.follow(made.id, 0, signal))?.ending).toMatchObject({
      kind: 'joined',
      neighbour: 'hill',
    })
    for (const late of [other.text, reply.text]) {
      await expect(valley.pairing.acceptReply({ reply: late, name: null })).rejects.toMatchObject({
        code: 'invite-used',
      })
    }
    expect(await valley.knows(third)).toBe(false)
  })

  it('a reply that is altered, to another invite, or made without the invitation is refused', async () => {
    const { valley, ridge } = await rig()
    const [one, two] = [await byFile(valley), await byFile(valley)]
    const reply = readText((await answer(ridge, one.text)).text)
    if (reply.kind !== 'reply') throw new Error('no reply')
    const altered = reply.sealed.map((byte, at) => (at === 40 ? byte ^ 1 : byte))
    for (const wrong of [
      { ...reply, sealed: altered },
      { ...reply, invite: two.invite.id },
      { ...reply, sealed: new Uint8Array(5) },
    ]) {
      const refused = valley.pairing.acceptReply({ reply: encodeText(wrong), name: null })
      await expect(refused).rejects.toMatchObject({ code: 'bad-reply' })
    }
    expect(await valley.directory.neighbours.list()).toEqual([])
    await valley.pairing.acceptReply({ reply: encodeText(reply), name: null })
  })

  it('expired, cancelled and strange ones are refused in words', async () => {
    const { clock, valley, ridge } = await rig(openPake)
    const { text, invite: made } = await byFile(valley)
    const live = await invite(valley)
    const reply = (await answer(ridge, text)).text
    await expect(answer(ridge, live.link)).rejects.toMatchObject({ code: 'bad-invite' })
    await expect(ridge.join(text)).rejects.toMatchObject({ code: 'bad-invite' })
    await expect(ridge.join(reply)).rejects.toMatchObject({ code: 'bad-invite' })
    await expect(ridge.join(ridge.card)).rejects.toMatchObject({ message: expect.stringContaining('neighbour add') })
    const accept = (said: string) => valley.pairing.acceptReply({ reply: said, name: null })
    await expect(accept(text)).rejects.toMatchObject({ code: 'bad-invite' })
    await expect(accept('nothing')).rejects.toMatchObject({ code: 'bad-invite' })
    clock.pass(86_400_000)
    await turn()
    await expect(accept(reply)).rejects.toMatchObject({ code: 'no-invite' })
    expect(await valley.pairing.follow(made.id, 0, signal)).toMatchObject({ ending: { kind: 'expired' } })
  })
})
