/**
 * Pairing: two nodes become each other's neighbours in one step, by a secret that one gives to the other. Nobody copies
 * keys by hand.
 *
 * It promises: what both sides keep was signed by the other in this very conversation, under keys that only those have
 * who know the secret. An invite is used by one node, however many try at once and wherever a crash or a cut falls:
 * whoever has used it may come again until it has said that it keeps us too, and nobody else. A guess counts before it
 * can be judged; three wrong ones make an invite void. The side that is called keeps the other before it says so, and
 * the side that calls keeps it when it hears that: what was cut in between is completed by saying the same again.
 *
 * Who would change the keys of a known neighbour, or has the name of another, is refused, and the person who waits is
 * told. What fails is one conversation; strangers get a short refusal, a bounded number of lines and of seconds.
 */
import { AssertionError, assert } from '../../base/assert.ts'
import { messageOf, OperatingError } from '../../base/errors.ts'
import type { Service } from '../../base/lifecycle.ts'
import { Mutex } from '../../base/mutex.ts'
import { tcpAddressIn } from '../../links/address.ts'
import type { Connection } from '../../links/transport.ts'
import type { Invite } from '../../stores/directory/directory.ts'
import { Answering } from './answering.ts'
import type { PairingOptions, Self } from './context.ts'
import { type Course, Courses } from './courses.ts'
import { openReply, replyKey, sealReply } from './files.ts'
import { Gate } from './gate.ts'
import { type Joined, Joining } from './joining.ts'
import { pairingLimits } from './limits.ts'
import { encodeFrame } from './machine/wire.ts'
import { loadPake, type Pake } from './pake.ts'
import { badReply, nameTaken, noAddress, noInviteSince, otherInvite, refusedBy, tooManyInvites } from './refusals.ts'
import { encodeText, readText, secretBytes } from './texts.ts'
import { inviteNamed, newWords, readWords } from './words.ts'

export type { Introduction, Nearby, Self } from './context.ts'
export type { Course, Ending, Notice } from './courses.ts'
export type { Joined } from './joining.ts'
export { pairingLimits } from './limits.ts'
export { pairingMagic } from './machine/wire.ts'

export interface NewInvite {
  /** What to call who joins; null: as it calls itself. */
  readonly name: string | null
  readonly lifeMs: number
}

export interface LiveInvite {
  readonly invite: Invite
  readonly words: string
  /** `posthorn:`; the words are in it. */
  readonly link: string
}

export interface JoinOptions {
  /** An invite's link, a text that holds it, or its words. */
  readonly invite: string
  readonly name: string | null
  /** Where to call; asked before what the link says. */
  readonly addresses: readonly URL[]
  readonly self: Self
  readonly signal: AbortSignal
}

export interface Pairing extends Service {
  /** From now on those who would like to join are answered; before it they are told to come later. */
  open(self: Self): void
  /**
   * Answers somebody whose first bytes are the magic. Resolves when that is over, whatever came of it; the line is
   * closed then.
   */
  answer(connection: Connection): Promise<void>
  /** @throws OperatingError `too-many-invites`. */
  invite(how: NewInvite & { readonly addresses: readonly string[] }): Promise<LiveInvite>
  /** An invitation to be carried as a file. @throws OperatingError `too-many-invites`. */
  inviteByFile(how: NewInvite & { readonly self: Self }): Promise<{ readonly invite: Invite; readonly text: string }>
  list(): Promise<readonly (Invite & { readonly isOpen: boolean })[]>
  /** Undefined when there is none. */
  cancel(id: string): Promise<Invite | undefined>
  /** What happened to an invite after its first `seen` notices, as soon as there is something. */
  follow(id: string, seen: number, signal: AbortSignal): Promise<Course | undefined>
  /**
   * Joins who has invited. Both sides keep each other when it resolves.
   * @throws OperatingError that says why not, what it means and what to do.
   */
  join(options: JoinOptions): Promise<Joined>
  /** Answers an invitation by file: who invites is kept here, and the reply is to be carried back. */
  reply(
    options: Pick<JoinOptions, 'invite' | 'name' | 'self'>,
  ): Promise<{ joined: Joined; text: string; expiresAt: number }>
  /** Takes in who has replied. @throws OperatingError `bad-invite`, `no-invite`, `invite-used`, or why it cannot be. */
  acceptReply(options: { readonly reply: string; readonly name: string | null }): Promise<Joined>
}

/** Invites of earlier runs are open again when it resolves. */
export async function openPairing(options: PairingOptions): Promise<Pairing> {
  const pairing = new PairingService(options)
  await pairing.load()
  return pairing
}

/** After these the next address may do better; all else is said at once. The later in the list, the more it says. */
const triesOn: ReadonlySet<string> = new Set([
  'no-connection',
  'no-address',
  'bad-peer',
  'pairing-cut',
  'busy',
  'no-invite',
  'wrong-words',
])

function rank({ code }: OperatingError): number {
  return [...triesOn].indexOf(code)
}

class PairingService implements Pairing {
  readonly #options: PairingOptions
  readonly #courses: Courses
  readonly #gate: Gate
  readonly #turns = new Mutex()
  readonly #underWay = new Map<string, number>()
  readonly #stopped = new AbortController()
  readonly #lines = new Set<Connection>()
  readonly #expiring = new Set<Promise<void>>()
  #self: Self | undefined

  constructor(options: PairingOptions) {
    this.#options = options
    this.#courses = new Courses(options.clock, id => this.#expire(id))
    this.#gate = new Gate(options.clock, this.#stopped.signal)
  }

  /**
   * Of an invite's life is left what the wall clock says, and never more than all of it. One that seems to be over
   * stays shut, and is not forgotten: the clock may be wrong at the start.
   */
  async load(): Promise<void> {
    const now = this.#options.clock.now()
    for (const { id, madeAt, expiresAt } of await this.#options.directory.invites.list()) {
      const leftMs = Math.min(expiresAt - now, expiresAt - madeAt)
      if (leftMs > 0) this.#courses.begin(id, leftMs)
    }
  }

  open(self: Self): void {
    this.#self = self
  }

  async answer(connection: Connection): Promise<void> {
    const self = this.#self
    if (self === undefined || this.#stopped.signal.aborted || !this.#gate.admit(connection.origin)) {
      return this.#tooBusy(connection)
    }
    this.#lines.add(connection)
    const over = new AbortController()
    try {
      this.#closeAfter(connection, over.signal)
      const parts = { options: this.#options, courses: this.#courses, turns: this.#turns, underWay: this.#underWay }
      await new Answering({ ...parts, self, pake: await this.#pake() }, connection).run()
    } catch (error) {
      if (error instanceof AssertionError) throw error
      this.#options.log.info('a pairing broke off', { remote: connection.remote, reason: messageOf(error) })
    } finally {
      over.abort()
      await connection.close()
      this.#lines.delete(connection)
      this.#gate.left(connection.origin)
    }
  }

  async invite(how: Parameters<Pairing['invite']>[0]): Promise<LiveInvite> {
    const { random, identity, directory } = this.#options
    let words = newWords(random)
    // The first word names the invite, so each open one has its own.
    while ((await directory.invites.get(inviteNamed(words))) !== undefined) words = newWords(random)
    const id = inviteNamed(words)
    const invite = await this.#add(how, { id, kind: 'live', verifier: (await this.#pake()).verifierOf(id, words) })
    const addresses = how.addresses.slice(0, pairingLimits.addressesMax)
    const { expiresAt } = invite
    const link = encodeText({ kind: 'link', node: identity.id, words, addresses, expiresAt })
    return { invite, words, link }
  }

  async inviteByFile(how: Parameters<Pairing['inviteByFile']>[0]): ReturnType<Pairing['inviteByFile']> {
    const { random } = this.#options
    const secret = random(secretBytes)
    const id = Buffer.from(random(8)).toString('hex')
    const invite = await this.#add(how, { id, kind: 'file', verifier: replyKey(secret) })
    const { expiresAt } = invite
    return {
      invite,
      text: encodeText({ kind: 'invitation', invite: id, secret, card: await how.self.card(), expiresAt }),
    }
  }

  async list(): ReturnType<Pairing['list']> {
    const invites = await this.#options.directory.invites.list()
    return invites.map(invite => ({ ...invite, isOpen: this.#courses.isAlive(invite.id) && invite.usedBy === null }))
  }

  cancel(id: string): Promise<Invite | undefined> {
    return this.#turns.run(async () => {
      const { invites } = this.#options.directory
      const found = await invites.get(id)
      await invites.remove(id)
      this.#courses.end(id, { kind: 'cancelled' })
      return found
    })
  }

  follow(id: string, seen: number, signal: AbortSignal): Promise<Course | undefined> {
    return this.#courses.follow(id, seen, signal)
  }

  async join({ invite, name, addresses, self, signal }: JoinOptions): Promise<Joined> {
    const link = /posthorn:/.test(invite) ? readText(invite) : undefined
    if (link !== undefined && link.kind !== 'link') throw otherInvite(link.kind)
    const { words, node } = link === undefined ? { words: readWords(invite), node: null } : link
    if (node === this.#options.identity.id) throw refusedBy('own-card')
    const parts = { options: this.#options, self, pake: await this.#pake(), words, node, name }
    let error: OperatingError | undefined
    for (const at of await this.#addressesFor({ addresses, given: link?.addresses ?? [], node })) {
      try {
        return await this.#joinAt(at, parts, signal)
      } catch (caught) {
        if (!(caught instanceof OperatingError) || !triesOn.has(caught.code)) throw caught
        if (error === undefined || rank(caught) > rank(error)) error = caught
      }
    }
    if (error?.code === 'no-invite' && link !== undefined) throw noInviteSince(link.expiresAt)
    throw error ?? noAddress()
  }

  async reply({ invite, name, self }: Parameters<Pairing['reply']>[0]): ReturnType<Pairing['reply']> {
    const invitation = readText(invite)
    if (invitation.kind !== 'invitation') throw otherInvite(invitation.kind)
    const { directory, suite, identity, random, consider, changed } = this.#options
    const neighbour = await consider({ card: invitation.card, name, met: [] })
    const key = replyKey(invitation.secret)
    const about = { suite, key, invite: invitation.invite, inviter: neighbour.identity.id }
    const sealed = sealReply(about, { identity, card: await self.card(), random })
    const outcome = await directory.neighbours.put(neighbour)
    if (outcome === 'name-taken') throw nameTaken(neighbour.name)
    changed()
    const text = encodeText({ kind: 'reply', invite: invitation.invite, sealed })
    const { expiresAt } = invitation
    return { joined: { neighbour, outcome, address: null }, text, expiresAt }
  }

  async acceptReply({ reply, name }: Parameters<Pairing['acceptReply']>[0]): Promise<Joined> {
    const text = readText(reply)
    if (text.kind !== 'reply') throw otherInvite(text.kind)
    const { directory, suite, identity, consider, changed } = this.#options
    const found = await directory.invites.get(text.invite)
    if (found?.kind !== 'file' || !this.#courses.isAlive(found.id)) throw refusedBy('no-invite')
    if (found.usedBy !== null) throw refusedBy('invite-used')
    const about = { suite, key: found.verifier, invite: found.id, inviter: identity.id }
    const opened = openReply(about, text.sealed)
    if (opened === undefined) throw badReply()
    const neighbour = await consider({ card: opened.link, name: name ?? found.neighbourName, met: [] })
    const outcome = await this.#turns.run(async () => {
      const used = await directory.invites.use(found.id, neighbour)
      if (used === 'added' || used === 'replaced') await directory.invites.confirm(found.id)
      return used
    })
    if (outcome === 'name-taken') throw nameTaken(neighbour.name)
    if (outcome === 'used' || outcome === 'gone') throw refusedBy('invite-used')
    const { id } = neighbour.identity
    this.#courses.end(found.id, { kind: 'joined', neighbour: neighbour.name, id, confirmed: true })
    changed()
    return { neighbour, outcome, address: null }
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    this.#courses.stop()
    await Promise.all([...this.#lines].map(line => line.close()))
    await Promise.all(this.#expiring)
    await this.#turns.run(async () => {})
  }

  #add({ name, lifeMs }: NewInvite, what: Pick<Invite, 'id' | 'kind' | 'verifier'>): Promise<Invite> {
    const { directory, clock } = this.#options
    return this.#turns.run(async () => {
      await this.#makeRoom()
      const madeAt = clock.now()
      const invite = { ...what, neighbourName: name, madeAt, expiresAt: madeAt + lifeMs }
      assert(await directory.invites.add(invite), 'an invite has the name of another')
      this.#courses.begin(invite.id, lifeMs)
      return { ...invite, tries: 0, usedBy: null, confirmed: false }
    })
  }

  /** What is over, or was used, gives way; open ones never do. */
  async #makeRoom(): Promise<void> {
    const { invites } = this.#options.directory
    const all = await invites.list()
    if (all.length < pairingLimits.invitesMax) return
    const old = all.find(({ id, usedBy }) => usedBy !== null || !this.#courses.isAlive(id))
    if (old === undefined) throw tooManyInvites()
    await invites.remove(old.id)
    this.#courses.forget(old.id)
  }

  #expire(id: string): void {
    const work = this.#turns.run(async () => {
      const { invites, neighbours } = this.#options.directory
      const found = await invites.get(id)
      await invites.remove(id)
      const usedBy = found?.usedBy ?? null
      const neighbour = usedBy === null ? undefined : await neighbours.get(usedBy)
      if (usedBy === null || neighbour === undefined) this.#courses.end(id, { kind: 'expired' })
      else this.#courses.end(id, { kind: 'joined', neighbour: neighbour.name, id: usedBy, confirmed: false })
    })
    const done = work.catch(error => {
      if (error instanceof AssertionError) throw error
      this.#options.log.error('an invite that is over could not be removed', { reason: messageOf(error) })
    })
    this.#expiring.add(done)
    void done.finally(() => this.#expiring.delete(done))
  }

  #pake(): Promise<Pake> {
    return (this.#options.pake ?? loadPake)()
  }

  async #tooBusy(connection: Connection): Promise<void> {
    await connection.write(encodeFrame({ kind: 'refusal', code: 'busy' })).catch(() => undefined)
    await connection.close()
  }

  #closeAfter(connection: Connection, over: AbortSignal): void {
    const close = () => void connection.close()
    this.#options.clock.sleep(pairingLimits.conversationMsMax, over).then(close, () => undefined)
  }

  async #joinAt(at: URL, parts: ConstructorParameters<typeof Joining>[0], signal: AbortSignal): Promise<Joined> {
    const dialer = this.#options.dialers.find(({ scheme }) => `${scheme}:` === at.protocol)
    if (dialer === undefined) throw noAddress()
    const connection = await dialer.dial(at, { signal })
    const over = new AbortController()
    const close = () => void connection.close()
    signal.addEventListener('abort', close, { once: true })
    this.#closeAfter(connection, over.signal)
    try {
      const joined = await new Joining(parts, connection, at).run()
      this.#options.changed()
      return joined
    } finally {
      over.abort()
      signal.removeEventListener('abort', close)
      await connection.close()
    }
  }

  async #addressesFor(how: {
    readonly addresses: readonly URL[]
    readonly given: readonly string[]
    readonly node: string | null
  }): Promise<URL[]> {
    // Whoever wrote the link chooses no programs that run here.
    const nearby = how.addresses.length > 0 ? [] : ((await this.#options.nearby?.()) ?? [])
    const near = nearby.filter(({ id }) => how.node === null || id === how.node).slice(0, pairingLimits.nearbyMax)
    const said = [...how.given, ...near.map(({ url }) => url)].flatMap(tcpAddressIn)
    const all = [...how.addresses.map(({ href }) => href), ...said]
    return [...new Set(all)].map(address => new URL(address))
  }
}
