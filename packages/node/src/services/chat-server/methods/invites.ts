/** Invites: links that two people need for a chat that is proven. */
import { ownChat, refuse } from '../desk.ts'
import { isInvite, isWithdrawable, linkView } from '../views/codes.ts'
import type { MethodsOf } from './table.ts'

export const inviteMethods: MethodsOf<'invites'> = {
  async 'invites.show'(desk, { chat }) {
    const { calls } = desk
    if (chat === null) {
      return { link: await calls.invite(null), name: (await calls.setting('displayname')) ?? '' }
    }
    const { name } = await calls.basicChat(await ownChat(desk, chat))
    return { link: await calls.invite(chat), name }
  },

  async 'invites.check'({ calls }, { link }) {
    return linkView(await calls.code(link), async id => {
      const { displayName: name, address } = await calls.contact(id)
      return { name, address }
    })
  },

  async 'invites.follow'({ calls }, { link }) {
    if (!isInvite(await calls.code(link))) {
      refuse('no-invite', 'This is no invite of somebody else: scan or paste theirs.')
    }
    return { chat: await calls.follow(link) }
  },

  async 'invites.revoke'({ calls }, { link }) {
    if (!isWithdrawable(await calls.code(link))) {
      refuse('no-invite', 'This is no invite of yours, or it is good for nobody any more.')
    }
    await calls.withdraw(link)
    return {}
  },
}
