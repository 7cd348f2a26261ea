/**
 * People of one node find each other without invites. Only here what is in one person's account reaches another's, and
 * only by `publicOf`: name, address and public key, of who has not hidden themselves. Who is hidden looks like who is
 * not there; so does one whose account cannot be read.
 */
import type { PersonHere } from '@posthorn/api'
import { Allowance } from '../../base/allowance.ts'
import { OperatingError } from '../../base/errors.ts'
import type { Handlers } from '../web-server/handlers.ts'
import { refuse } from './desk.ts'
import type { Desks } from './desks.ts'
import type { AccountCalls } from './engine/calls.ts'
import type { EngineContact } from './engine/schemas.ts'
import { chatServerLimits } from './limits.ts'
import type { ChatServerOptions, HereMethod } from './options.ts'
import { avatarView, contactAvatar } from './views/people.ts'

/** Stands in the account of who does not want to be found. */
export const hiddenKey = 'ui.posthorn.hidden'

const self = 1

/** Then nobody can be looked at. */
const ends: ReadonlySet<string> = new Set(['engine-ended', 'engine-missing'])

interface Public {
  readonly name: string
  readonly address: string
  /** The engine makes it of the key. */
  readonly color: string
  /** A vCard with these alone: a card of the engine holds status and picture too. */
  card(): Promise<string>
}

/** All that anybody here may know of somebody; undefined: nothing. */
async function publicOf(calls: AccountCalls, address: string): Promise<Public | undefined> {
  const settings = await calls.settings([hiddenKey, 'displayname'])
  if ((settings[hiddenKey] ?? null) !== null) return undefined
  const { color } = await calls.contact(self)
  const name = (settings['displayname'] ?? '') || address
  return { name, address, color, card: async () => cardOf(address, await calls.card([self])) }
}

function cardOf(address: string, own: string): string {
  const lines = own.split(/\r?\n/)
  const taken = ['FN:', 'KEY:'].map(field => lines.find(line => line.startsWith(field)))
  if (taken.includes(undefined)) refuse('no-key', 'They have no key yet. Try again later.')
  return ['BEGIN:VCARD', 'VERSION:4.0', `EMAIL:${address}`, ...taken, 'END:VCARD', ''].join('\r\n')
}

export function hereHandlers(options: ChatServerOptions, desks: Desks): Pick<Handlers, HereMethod> {
  const meets = new Allowance(options.clock, chatServerLimits.meetsPerHourMax)

  const lookAt = async (login: string, asking: string): Promise<Public | undefined> => {
    try {
      return await publicOf(await desks.openFor(login, asking), options.addressOf(login))
    } catch (error) {
      if (error instanceof OperatingError && ends.has(error.code)) throw error
      options.log.warn('a web account could not be looked at', { user: login })
      return undefined
    }
  }

  return {
    async 'contacts.here'(_params, { user }, { signal }) {
      const { calls } = await desks.open(user)
      const known = await contactsByAddress(calls)
      const people: PersonHere[] = []
      for (const { user: login } of (await options.accounts.list()).slice(0, chatServerLimits.hereMax)) {
        signal.throwIfAborted()
        const found = login === user ? undefined : await lookAt(login, user)
        if (found !== undefined) people.push(personView(login, found, known.get(found.address)))
      }
      return people
    },

    async 'contacts.meet'({ login }, { user }) {
      if (!meets.take(user)) {
        const message = 'You have met very many people in an hour. Try again in a while.'
        throw new OperatingError(message, { code: 'too-many', retry: 'later' })
      }
      const { calls } = await desks.open(user)
      const isHere = login !== user && (await options.accounts.get(login)) !== undefined
      const found = isHere ? await lookAt(login, user) : undefined
      if (found === undefined)
        refuse('nobody-here', 'Nobody of this name can be found here: ask them for their invite.')
      const [contact] = await calls.readCard(await found.card())
      return { contact: contact ?? refuse('no-key', 'They have no key yet. Try again later.') }
    },
  }
}

/** Contacts that can be written to, by address. */
async function contactsByAddress(calls: AccountCalls): Promise<ReadonlyMap<string, EngineContact>> {
  const ids = await calls.contactIds(null)
  if (ids.length === 0) return new Map()
  const contacts = Object.values(await calls.contacts(ids)).filter(({ isKeyContact }) => isKeyContact)
  return new Map(contacts.map(contact => [contact.address, contact]))
}

function personView(login: string, { name, address, color }: Public, known: EngineContact | undefined): PersonHere {
  const avatar =
    known === undefined ? avatarView({ owner: 'contact', id: self, file: null, color, name }) : contactAvatar(known)
  return { login, name, address, contact: known?.id ?? null, avatar }
}
