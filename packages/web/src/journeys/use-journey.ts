/** The journey of one message, followed while it is open; the people of its chat, and who has read it. */
import type { JourneyView } from '@posthorn/api'
import { useEffect, useState } from 'react'
import { api, isCancelled, wordsOf } from '../api/index.ts'
import type { OpenedMessage } from './journeys-store.ts'

export interface OpenJourney {
  readonly journey: JourneyView | undefined
  /** Names by addresses in small letters. */
  readonly people: ReadonlyMap<string, string>
  /** When their apps say that they read it, by addresses in small letters. */
  readonly reads: ReadonlyMap<string, number>
  /** For people; empty: none. */
  readonly failure: string
}

const nobody: OpenJourney = { journey: undefined, people: new Map(), reads: new Map(), failure: '' }

export function useJourney({ id, chat }: Pick<OpenedMessage, 'id' | 'chat'>): OpenJourney {
  const [open, setOpen] = useState(nobody)
  useEffect(() => {
    const stop = new AbortController()
    const show = (part: Partial<OpenJourney>) => {
      if (!stop.signal.aborted) setOpen(known => ({ ...known, ...part }))
    }
    const ask = () => {
      const { signal } = stop
      api.call('journeys.show', { message: id }, { signal }).then(
        journey => show({ journey, failure: '' }),
        (error: unknown) => show(isCancelled(error) ? {} : { failure: wordsOf(error) }),
      )
      // Without them addresses are shown.
      peopleOf(id, chat, signal).then(show, () => undefined)
    }
    const mine = (messages: readonly number[]) => {
      if (messages.includes(id)) ask()
    }
    const stops = [
      api.onReady(ask),
      api.on('journeys.changed', ({ messages }) => mine(messages)),
      api.on('messages.changed', ({ message }) => mine([message])),
    ]
    return () => {
      stop.abort()
      for (const end of stops) end()
    }
  }, [id, chat])
  return open
}

async function peopleOf(
  message: number,
  chat: number,
  signal: AbortSignal,
): Promise<Pick<OpenJourney, 'people' | 'reads'>> {
  const [{ members }, { readBy }] = await Promise.all([
    api.call('chats.show', { chat }, { signal }),
    api.call('messages.info', { message }, { signal }),
  ])
  const contacts = await api.call('contacts.get', { ids: members.slice(0, 200) }, { signal })
  const addresses = new Map(contacts.map(({ id, address }) => [id, address.toLowerCase()]))
  return {
    people: new Map(contacts.map(({ address, name }) => [address.toLowerCase(), name])),
    reads: new Map(
      readBy.flatMap(({ contact, at }) => {
        const address = addresses.get(contact)
        return address === undefined ? [] : [[address, at] as const]
      }),
    ),
  }
}
