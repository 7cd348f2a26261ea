/**
 * Chats and people: the list with its search, what is known of a chat, and the dialogs by which chats, groups, invites
 * and contacts are made and changed.
 *
 * Everything shown comes from `stores`; everything done is a call, and a call that does not work is told in a toast
 * and changes nothing here. Names, texts and links of others are texts only: what a link is the node says
 * (`invites.check`), and it is followed only after the person said so.
 */
import { lazy } from 'react'

export { ChatDialogs } from './dialogs.tsx'
export { ChatList } from './list/chat-list.tsx'
export { RequestBar } from './request-bar.tsx'

/** What is known of a chat. */
export const ChatInfo = lazy(() => import('./info/chat-info.tsx').then(({ ChatInfo }) => ({ default: ChatInfo })))
/** One's own profile, and whom one has blocked: pages of the settings. */
export const Profile = lazy(() => import('./profile/profile.tsx').then(({ Profile }) => ({ default: Profile })))
export const Blocked = lazy(() => import('./profile/blocked.tsx').then(({ Blocked }) => ({ default: Blocked })))
