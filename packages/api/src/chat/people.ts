/** Contacts, and one's own profile. */
import * as v from 'valibot'
import { apiLimits } from '../limits.ts'
import { asks, does } from '../method.ts'
import { id, ids, name, nothing, query, text, upload } from '../values.ts'
import { avatar, contactView } from './views.ts'

const contact = v.strictObject({ contact: id })

const profileView = v.object({
  address: v.string(),
  name: v.string(),
  status: v.string(),
  avatar,
  /** Whether senders are told that their messages were read. */
  readReceipts: v.boolean(),
  /** Whether images travel small: for slow roads. */
  smallImages: v.boolean(),
  /** Whether others of this node find one among the people here. */
  visibleHere: v.boolean(),
})

/** Somebody of this node, as everybody there may know them. */
const personHere = v.object({
  /** By which they sign in. */
  login: v.string(),
  /** As they call themselves. */
  name: v.string(),
  address: v.string(),
  /** Null: a contact of this address is not there yet. */
  contact: v.nullable(id),
  /** That of the contact; without one there is no picture. */
  avatar,
})

export const peopleMethods = {
  'contacts.ids': asks('user', {
    about: 'Ids of contacts, by name; all, those that a text finds, or those that are blocked.',
    params: v.strictObject({ query: v.optional(query, ''), blocked: v.optional(v.boolean(), false) }),
    result: v.object({ ids: v.array(id) }),
  }),
  'contacts.get': asks('user', {
    about: 'Contacts by their ids, in the order asked for; those that are gone are left out.',
    params: v.strictObject({ ids }),
    result: v.array(contactView),
  }),
  'contacts.rename': does('user', {
    about: 'Calls somebody otherwise, for oneself only; an empty name is their own again.',
    params: v.strictObject({ contact: id, name: v.pipe(v.string(), v.trim(), v.maxLength(apiLimits.nameLettersMax)) }),
    result: contactView,
  }),
  'contacts.block': does('user', {
    about: 'Nothing that they write is shown any more; or again.',
    params: v.strictObject({ contact: id, blocked: v.boolean() }),
    result: contactView,
  }),
  'contacts.delete': does('user', { about: 'Deletes a contact, here only.', params: contact, result: nothing }),
  'contacts.encryption': asks('user', {
    about: 'How one’s messages with somebody are encrypted, with fingerprints, for people.',
    params: contact,
    result: v.object({ text: v.string() }),
  }),
  'contacts.card': asks('user', {
    about: 'Contacts as a vCard that holds their keys: who reads it in can write to them at once.',
    params: v.strictObject({ ids }),
    result: v.object({ vcard: text }),
  }),
  'contacts.read': does('user', {
    about: 'Takes contacts from a vCard: a text, or the file of a message.',
    params: v.strictObject({ vcard: v.optional(text), message: v.optional(id) }),
    result: v.object({ ids: v.array(id) }),
  }),
  'contacts.here': asks('user', {
    about: 'Who of this node uses the web chat, without oneself and without those who do not want to be found.',
    params: nothing,
    result: v.array(personHere),
  }),
  'contacts.meet': does('user', {
    about: 'Makes somebody of this node a contact, with their key: they can be written to at once.',
    params: v.strictObject({
      login: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(apiLimits.userLettersMax)),
    }),
    result: contact,
  }),
  'profile.show': asks('user', { about: 'One’s own profile.', params: nothing, result: profileView }),
  'profile.change': does('user', {
    about: 'Changes one’s own profile; what is not named stays. `avatar: null` takes it away.',
    params: v.strictObject({
      name: v.optional(name),
      status: v.optional(v.pipe(v.string(), v.maxLength(apiLimits.statusLettersMax))),
      avatar: v.optional(v.nullable(upload)),
      readReceipts: v.optional(v.boolean()),
      smallImages: v.optional(v.boolean()),
      visibleHere: v.optional(v.boolean()),
    }),
    result: profileView,
  }),
}

export type PersonHere = v.InferOutput<typeof personHere>
export type ProfileView = v.InferOutput<typeof profileView>
