/** What the node knows of where messages are, for all that is shown. */
import type { ArrivalView, BriefView, MessageView } from '@posthorn/api'
import { useEffect } from 'react'
import { create } from 'zustand'
import { api } from '../api/index.ts'
import { gathering } from './gathering.ts'

const briefs = gathering<BriefView>({
  ask: messages => api.call('journeys.brief', { messages }),
  listen: changed => {
    api.on('journeys.changed', ({ messages }) => changed(messages))
    api.on('messages.changed', ({ message }) => changed([message]))
  },
})

const arrivals = gathering<ArrivalView>({
  ask: messages => api.call('arrivals.show', { messages }),
  // The rest of it may have come.
  listen: changed => void api.on('messages.changed', ({ message }) => changed([message])),
})

/** Of one's own message, while it is shown. */
export function useBrief(message: number): BriefView | undefined {
  useEffect(() => briefs.want(message), [message])
  return briefs.use(message)
}

/** Of another's message, while it is shown; null asks for nothing. */
export function useArrival(message: number | null): ArrivalView | undefined {
  useEffect(() => (message === null ? undefined : arrivals.want(message)), [message])
  return arrivals.use(message ?? 0)
}

export type OpenedMessage = Pick<MessageView, 'id' | 'chat' | 'mine' | 'state' | 'receivedAt'>

export const useOpened = create<{ readonly message: OpenedMessage | null }>(() => ({ message: null }))

/** Shows the journey of one's own message, or how another's came. */
export function openJourney(message: OpenedMessage): void {
  useOpened.setState({ message })
}

export function closeJourney(): void {
  useOpened.setState({ message: null })
}
