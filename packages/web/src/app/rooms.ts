/** The rooms that are loaded when somebody goes there. */
import { lazy } from 'react'

export const NetworkPage = lazy(() => import('../network/index.tsx').then(room => ({ default: room.NetworkPage })))
export const PeoplePage = lazy(() => import('../people/index.tsx').then(room => ({ default: room.PeoplePage })))
export const SetUpPage = lazy(() => import('../people/index.tsx').then(room => ({ default: room.SetUpPage })))
export const JoinPage = lazy(() => import('../people/index.tsx').then(room => ({ default: room.JoinPage })))
export const SettingsPage = lazy(() => import('../settings/index.tsx').then(room => ({ default: room.SettingsPage })))
