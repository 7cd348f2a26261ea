/** One conversation with somebody who would like to join, over a line that has come in. */
import { OperatingError } from '../../base/errors.ts'
import type { Mutex } from '../../base/mutex.ts'
import type { Connection } from '../../links/transport.ts'
import type { Neighbour } from '../../stores/directory/directory.ts'
import type { PairingOptions, Self } from './context.ts'
import type { Courses } from './courses.ts'
import { pairingLimits } from './limits.ts'
import { type InviterEvent, InviterMachine } from './machine/inviter.ts'
import type { Failure, ShownCard, Step } from './machine/types.ts'
import { metAt } from './met.ts'
import type { Pake } from './pake.ts'
import { nameTaken } from './refusals.ts'

export interface AnsweringParts {
  readonly options: PairingOptions
  readonly courses: Courses
  readonly self: Self
  readonly pake: Pake
  /** Changes of invites happen one after the other. */
  readonly turns: Mutex
  /** Attempts that may still turn out well, for each invite. */
  readonly underWay: Map<string, number>
}

export class Answering {
  readonly #parts: AnsweringParts
  readonly #connection: Connection
  readonly #machine: InviterMachine
  /** The invite that this conversation is about. */
  #invite = ''
  /** The attempt has neither come to nothing nor to a proof. */
  #attempting = false
  #neighbour: Neighbour | undefined
  #kept = false
  #done = false

  constructor(parts: AnsweringParts, connection: Connection) {
    this.#parts = parts
    this.#connection = connection
    this.#machine = new InviterMachine({ ...parts.options, pake: parts.pake })
  }

  /** Resolves when it is over. @throws OperatingError of the line, or of the store. */
  async run(): Promise<void> {
    try {
      for await (const chunk of this.#connection.read()) {
        await this.#perform(this.#machine.receive(chunk))
        if (this.#machine.isOver) break
      }
    } finally {
      await this.#settle()
    }
  }

  async #perform(step: Step<InviterEvent | Failure>): Promise<void> {
    for (const bytes of step.send) await this.#connection.write(bytes)
    for (const event of step.events) {
      const next = await this.#decide(event)
      if (next !== undefined) await this.#perform(next)
    }
  }

  async #decide(event: InviterEvent | Failure): Promise<Step<InviterEvent | Failure> | undefined> {
    const { log } = this.#parts.options
    if (event.kind === 'asked') return this.#asked(event.invite)
    if (event.kind === 'proven') return this.#proven(event.shown)
    if (event.kind === 'accepted') return this.#accepted()
    if (event.kind === 'done') this.#done = true
    else log.info('a pairing came to nothing', { remote: this.#connection.remote, code: event.code })
    return undefined
  }

  async #asked(invite: string): Promise<Step<InviterEvent | Failure>> {
    const { options, courses, turns, underWay } = this.#parts
    const { invites } = options.directory
    const found = await turns.run(async () => {
      const known = await invites.get(invite)
      if (known?.kind !== 'live' || !courses.isAlive(invite) || known.tries >= pairingLimits.triesMax) return undefined
      // Counted, durably, before anything goes out by which a guess could be judged.
      await invites.setTries(invite, known.tries + 1)
      underWay.set(invite, (underWay.get(invite) ?? 0) + 1)
      return known
    })
    if (found === undefined) return this.#machine.refuse('no-invite')
    this.#invite = invite
    this.#attempting = true
    return this.#machine.challenge(found.verifier)
  }

  async #proven({ card, link, port }: ShownCard): Promise<Step<InviterEvent | Failure>> {
    const { options, courses, self } = this.#parts
    const found = await this.#attempted({ proven: true })
    if (found === undefined || !courses.isAlive(this.#invite)) return this.#machine.refuse('no-invite')
    const { usedBy, confirmed } = found
    if (usedBy !== null && (confirmed || usedBy !== card.identity.id)) return this.#machine.refuse('invite-used')
    try {
      const met = metAt(this.#connection.remote, port)
      this.#neighbour = await options.consider({ card: link, name: found.neighbourName, met })
    } catch (error) {
      return this.#cannotTake(error)
    }
    return this.#machine.welcome(await self.card())
  }

  async #accepted(): Promise<Step<InviterEvent | Failure>> {
    const { options, courses, turns } = this.#parts
    const neighbour = this.#neighbour
    if (neighbour === undefined) return this.#machine.refuse('no-invite')
    const outcome = await turns.run(async () =>
      courses.isAlive(this.#invite) ? options.directory.invites.use(this.#invite, neighbour) : 'gone',
    )
    if (outcome === 'gone') return this.#machine.refuse('no-invite')
    if (outcome === 'used') return this.#machine.refuse('invite-used')
    if (outcome === 'name-taken') return this.#cannotTake(nameTaken(neighbour.name))
    this.#kept = true
    options.changed()
    options.log.info('a node has joined', { neighbour: neighbour.name, id: neighbour.identity.id, outcome })
    return this.#machine.kept()
  }

  /** The invite stays open: a person reads why, and decides. */
  #cannotTake(error: unknown): Step<InviterEvent | Failure> {
    if (!(error instanceof OperatingError)) throw error
    const { code, message } = error
    this.#parts.courses.notice(this.#invite, { kind: 'refused', from: this.#connection.remote, code, message })
    return this.#machine.refuse(code)
  }

  /** The attempt has come to its end: a proof costs nothing, anything else counts. Answers the invite as it is now. */
  #attempted({ proven }: { readonly proven: boolean }) {
    const { options, turns, underWay, courses } = this.#parts
    const { invites } = options.directory
    const invite = this.#invite
    this.#attempting = false
    return turns.run(async () => {
      const others = (underWay.get(invite) ?? 1) - 1
      if (others > 0) underWay.set(invite, others)
      else underWay.delete(invite)
      const found = await invites.get(invite)
      if (found === undefined) return undefined
      if (proven) await invites.setTries(invite, found.tries - 1)
      else {
        const { triesMax } = pairingLimits
        const tries = found.tries - others
        courses.notice(invite, { kind: 'tried', from: this.#connection.remote, tries, triesMax })
        if (tries >= triesMax) {
          if (found.usedBy === null) courses.end(invite, { kind: 'void' })
          else courses.end(invite, await this.#joinedBy(found.usedBy, false))
          await invites.remove(invite)
        }
      }
      return found
    })
  }

  async #joinedBy(id: Neighbour['identity']['id'], confirmed: boolean) {
    const found = await this.#parts.options.directory.neighbours.get(id)
    return { kind: 'joined' as const, neighbour: found?.name ?? id, id, confirmed }
  }

  async #settle(): Promise<void> {
    const { options, courses, turns } = this.#parts
    if (this.#attempting) await this.#attempted({ proven: false })
    const neighbour = this.#neighbour
    if (!this.#kept || neighbour === undefined) return
    const { name, identity } = neighbour
    if (this.#done) {
      await turns.run(() => options.directory.invites.confirm(this.#invite))
      courses.end(this.#invite, { kind: 'joined', neighbour: name, id: identity.id, confirmed: true })
    } else {
      courses.notice(this.#invite, { kind: 'unconfirmed', neighbour: name })
    }
  }
}
