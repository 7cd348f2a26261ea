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
  'profile.show': asks('user', { about: 'One’s own profile.', params: nothing, result: profileView }),
  'profile.change': does('user', {
    about: 'Changes one’s own profile; what is not named stays. `avatar: null` takes it away.',
    params: v.strictObject({
      name: v.optional(name),
      status: v.optional(v.pipe(v.string(), v.maxLength(apiLimits.statusLettersMax))),
      avatar: v.optional(v.nullable(upload)),
      readReceipts: v.optional(v.boolean()),
      smallImages: v.optional(v.boolean()),
    }),
    result: profileView,
  }),
}

export type ProfileView = v.InferOutput<typeof profileView>
