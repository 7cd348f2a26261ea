/** The rooms that are loaded when somebody goes there. */
import { Ban, KeyRound, Router, Smartphone, Terminal, UserRound } from 'lucide-react'
import { lazy } from 'react'
import { Blocked, Profile } from '../chats/index.tsx'
import type { SettingsSection } from '../settings/index.tsx'
import { say } from './words.ts'

export const NetworkPage = lazy(() => import('../network/index.tsx').then(room => ({ default: room.NetworkPage })))
export const PeoplePage = lazy(() => import('../people/index.tsx').then(room => ({ default: room.PeoplePage })))
export const SetUpPage = lazy(() => import('../people/index.tsx').then(room => ({ default: room.SetUpPage })))
export const JoinPage = lazy(() => import('../people/index.tsx').then(room => ({ default: room.JoinPage })))
export const SettingsPage = lazy(() => import('../settings/index.tsx').then(room => ({ default: room.SettingsPage })))
export const Palette = lazy(() => import('../actions/palette.tsx').then(room => ({ default: room.Palette })))

const AppsPage = lazy(() => import('../people/index.tsx').then(room => ({ default: room.AppsPage })))
const PasswordPage = lazy(() => import('../people/index.tsx').then(room => ({ default: room.PasswordPage })))
const NodePage = lazy(() => import('../people/index.tsx').then(room => ({ default: room.NodePage })))
const TokensPage = lazy(() => import('../people/index.tsx').then(room => ({ default: room.TokensPage })))

const everybodys: readonly SettingsSection[] = [
  { id: 'profile', words: () => say('profile'), icon: UserRound, Content: Profile },
  { id: 'apps', words: () => say('apps'), icon: Smartphone, Content: AppsPage },
  { id: 'password', words: () => say('password'), icon: KeyRound, Content: PasswordPage },
  { id: 'tokens', words: () => say('tokens'), icon: Terminal, Content: TokensPage },
  { id: 'blocked', words: () => say('blocked'), icon: Ban, Content: Blocked },
]
const admins: readonly SettingsSection[] = [
  ...everybodys,
  { id: 'node', words: () => say('thisNode'), icon: Router, Content: NodePage },
]

/** Pages of other rooms among the settings; each is loaded when it is opened. */
export function settingsSections(isAdmin: boolean): readonly SettingsSection[] {
  return isAdmin ? admins : everybodys
}
