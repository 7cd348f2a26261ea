import type { ReactNode } from 'react'
import { create } from 'zustand'

/** Something that the palette leads to and that is no action: a chat, a person, a page. */
export interface Place {
  readonly id: string
  readonly label: string
  readonly about?: string
  readonly picture?: ReactNode
  readonly go: () => void
}
/** Finds places by what somebody wrote; with nothing written, those that are used most. */
export type FindPlaces = (query: string) => Promise<readonly Place[]>

interface State {
  readonly open: 'no' | 'palette' | 'keys'
  readonly finders: readonly FindPlaces[]
}

export const usePalette = create<State>(() => ({ open: 'no', finders: [] }))

export function openPalette(open: State['open']): void {
  usePalette.setState({ open })
}

/** Lets the palette find places until the function that comes back is called. */
export function addPlaces(find: FindPlaces): () => void {
  usePalette.setState(state => ({ finders: [...state.finders, find] }))
  return () => usePalette.setState(state => ({ finders: state.finders.filter(item => item !== find) }))
}
