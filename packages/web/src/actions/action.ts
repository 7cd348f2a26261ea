import type { LucideIcon } from 'lucide-react'
import { useEffect } from 'react'
import { create } from 'zustand'
import type { MenuItem } from '../ui/index.ts'
import { keysForPeople } from './keys.ts'

export interface Action {
  /** Of all actions of the app: `chats.new-group`. */
  readonly id: string
  /** Asked each time it is shown, for the language may change. */
  readonly words: () => string
  readonly icon?: LucideIcon
  /** As `Mod+K`, `Alt+ArrowDown`, `?`; `Mod` is Ctrl, or Command on a Mac. The first is shown. */
  readonly keys?: readonly string[]
  /** Keys that are meant also while somebody writes, though they are no `Mod` or `Alt` ones: `Escape`. */
  readonly whileWriting?: boolean
  readonly isPossible?: () => boolean
  readonly danger?: boolean
  /** False for what makes no sense there, such as to close something. */
  readonly inPalette?: boolean
  readonly run: () => void
}

type Group = readonly Action[]

const useOffered = create<{ readonly groups: readonly Group[] }>(() => ({ groups: [] }))

/** Offers actions until the function that comes back is called. */
export function offer(actions: readonly Action[]): () => void {
  const group = [...actions]
  useOffered.setState(state => ({ groups: [group, ...state.groups] }))
  return () => useOffered.setState(state => ({ groups: state.groups.filter(item => item !== group) }))
}

/** Offers actions while the component is shown. Make the list with useMemo, or outside. */
export function useActions(actions: readonly Action[]): void {
  useEffect(() => offer(actions), [actions])
}

/** All that can be done now; the group that was offered last comes first. */
export function possibleActions(): readonly Action[] {
  return useOffered.getState().groups.flat().filter(isPossible)
}

/** An action as an entry of a menu. */
export function menuItem(action: Action): MenuItem {
  const [keys] = action.keys ?? []
  return {
    id: action.id,
    label: action.words(),
    icon: action.icon,
    keys: keys === undefined ? undefined : keysForPeople(keys),
    danger: action.danger,
    disabled: !isPossible(action),
    run: action.run,
  }
}

function isPossible(action: Action): boolean {
  return action.isPossible?.() ?? true
}
