/** What the network is now, while somebody looks: asked for when the connection is there, and when it has changed. */
import type { MoveView, NetworkView } from '@posthorn/api'
import { useEffect } from 'react'
import { create } from 'zustand'
import { api, isCancelled, wordsOf } from '../api/index.ts'

interface NetworkState {
  readonly view: NetworkView | undefined
  readonly moves: readonly MoveView[]
  readonly fault: string | undefined
}

export const useNetwork = create<NetworkState>(() => ({ view: undefined, moves: [], fault: undefined }))

/** Many changes are asked about once. */
const calmMs = 400
/** Words such as “5 minutes ago” grow old by themselves. */
const refreshMs = 60_000

export async function refreshNetwork(): Promise<void> {
  try {
    useNetwork.setState({ view: await api.call('network.show', {}), fault: undefined })
  } catch (error) {
    if (!isCancelled(error)) useNetwork.setState({ fault: wordsOf(error) })
  }
}

async function refreshMoves(): Promise<void> {
  const { moves } = await api.call('network.moves', {}).catch(() => ({ moves: [] }))
  useNetwork.setState({ moves })
}

/** While the component is shown. */
export function useWatchedNetwork(): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const soon = () => {
      timer ??= setTimeout(() => {
        timer = undefined
        void refreshNetwork()
      }, calmMs)
    }
    const stops = [
      api.onReady(() => {
        void refreshNetwork()
        void refreshMoves()
      }),
      api.on('network.changed', soon),
      api.on('network.moved', ({ moves }) => useNetwork.setState({ moves })),
    ]
    const again = setInterval(soon, refreshMs)
    return () => {
      for (const stop of stops) stop()
      clearTimeout(timer)
      clearInterval(again)
    }
  }, [])
}
