/** Contacts, and one's own profile. */
import { stat } from 'node:fs/promises'
import { answerOf, type Desk, ownContact, ownMessage, refuse } from '../desk.ts'
import { hiddenKey } from '../here.ts'
import { chatServerLimits } from '../limits.ts'
import type { HereMethod } from '../options.ts'
import { ownFile } from '../own-file.ts'
import { contactAvatar, contactView } from '../views/people.ts'
import type { MethodsOf } from './table.ts'

const self = 1

export const contactMethods: Omit<MethodsOf<'contacts'>, HereMethod> = {
  async 'contacts.ids'({ calls }, { query, blocked }) {
    if (!blocked) return { ids: await calls.contactIds(query === '' ? null : query) }
    const wanted = query.toLocaleLowerCase()
    const isFound = (text: string) => text.toLocaleLowerCase().includes(wanted)
    const found = (await calls.blocked()).filter(({ displayName, address }) => isFound(displayName) || isFound(address))
    return { ids: found.map(({ id }) => id) }
  },

  async 'contacts.get'({ calls }, { ids }) {
    if (ids.length === 0) return []
    const all = await answerOf(calls.contacts(ids))
    // One that is gone spoils the answer for all.
    const each =
      all === undefined ? await Promise.all(ids.map(id => answerOf(calls.contact(id)))) : ids.map(id => all[id])
    return each.flatMap(contact => (contact === undefined ? [] : [contactView(contact)]))
  },

  async 'contacts.rename'(desk, { contact, name }) {
    await desk.calls.renameContact(await ownContact(desk, contact), name)
    return show(desk, contact)
  },

  async 'contacts.block'(desk, { contact, blocked }) {
    await ownContact(desk, contact)
    await (blocked ? desk.calls.block(contact) : desk.calls.unblock(contact))
    return show(desk, contact)
  },

  async 'contacts.delete'(desk, { contact }) {
    await desk.calls.deleteContact(await ownContact(desk, contact))
    return {}
  },

  async 'contacts.encryption'(desk, { contact }) {
    return { text: await desk.calls.contactEncryption(await ownContact(desk, contact)) }
  },

  async 'contacts.card'(desk, { ids }) {
    for (const id of ids) await ownContact(desk, id)
    return { vcard: await desk.calls.card(ids) }
  },

  async 'contacts.read'(desk, { vcard, message }) {
    if (vcard !== undefined) return { ids: await desk.calls.readCard(vcard) }
    if (message === undefined) refuse('bad-params', 'Nothing was given: a vCard, or a message that holds one.')
    const { file, viewType } = await desk.calls.message(await ownMessage(desk, message))
    const path = await ownFile(desk, file)
    if (viewType !== 'Vcard' || path === undefined) refuse('no-card', 'There is no contact in this message.')
    if ((await stat(path)).size > chatServerLimits.cardBytesMax) refuse('too-large', 'This is too large for a contact.')
    return { ids: await desk.calls.readCardFile(path) }
  },
}

async function show({ calls }: Desk, contact: number) {
  return contactView(await calls.contact(contact))
}

const keys = ['displayname', 'selfstatus', 'mdns_enabled', 'media_quality', 'configured_addr', hiddenKey] as const

/** The engine's numbers for how large images travel. */
const imagesSmall = '1'

export const profileMethods: MethodsOf<'profile'> = {
  'profile.show': desk => showProfile(desk),

  async 'profile.change'(desk, { name, status, avatar, readReceipts, smallImages, visibleHere }) {
    const { calls } = desk
    await calls.set({
      ...(name === undefined ? {} : { displayname: name }),
      ...(status === undefined ? {} : { selfstatus: status }),
      ...(readReceipts === undefined ? {} : { mdns_enabled: readReceipts ? '1' : '0' }),
      ...(smallImages === undefined ? {} : { media_quality: smallImages ? imagesSmall : '0' }),
      ...(visibleHere === undefined ? {} : { [hiddenKey]: visibleHere ? null : '1' }),
      ...(avatar === null ? { selfavatar: null } : {}),
    })
    if (typeof avatar === 'string') await desk.withUpload(avatar, ({ path }) => calls.set({ selfavatar: path }))
    return showProfile(desk)
  },
}

async function showProfile({ calls }: Desk) {
  const [settings, contact] = await Promise.all([calls.settings(keys), calls.contact(self)])
  const name = settings['displayname'] ?? ''
  return {
    ...{ address: settings['configured_addr'] ?? '', name, status: settings['selfstatus'] ?? '' },
    avatar: contactAvatar({ ...contact, displayName: name }),
    readReceipts: settings['mdns_enabled'] !== '0',
    smallImages: settings['media_quality'] === imagesSmall,
    visibleHere: (settings[hiddenKey] ?? null) === null,
  }
}
