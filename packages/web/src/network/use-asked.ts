/** What one part of the page asks for, and does. */
import { useCallback, useEffect, useState } from 'react'
import { isCancelled, wordsOf } from '../api/index.ts'
import { toast } from '../ui/index.ts'
import { refreshNetwork } from './network-store.ts'

interface Asked<T> {
  readonly answer: T | undefined
  readonly fault: string | undefined
  readonly again: () => void
}

/**
 * Asks when it is shown first, when `ask` or `when` is another one, and again. Make `ask` with useCallback, or outside.
 */
export function useAsked<T>(ask: (turn: string) => Promise<T>, when = 0): Asked<T> {
  const [answer, setAnswer] = useState<T>()
  const [fault, setFault] = useState<string>()
  const [round, setRound] = useState(0)
  const turn = `${round} ${when}`
  useEffect(() => {
    let wanted = true
    ask(turn).then(
      given => {
        if (!wanted) return
        setAnswer(given)
        setFault(undefined)
      },
      (error: unknown) => {
        if (wanted && !isCancelled(error)) setFault(wordsOf(error))
      },
    )
    return () => {
      wanted = false
    }
  }, [ask, turn])
  return { answer, fault, again: useCallback(() => setRound(before => before + 1), []) }
}

/** Does one thing at a time, says when it fails, and looks at the network again. */
export function useDoing(): {
  readonly busy: string | undefined
  readonly run: (id: string, work: () => Promise<void>) => void
} {
  const [busy, setBusy] = useState<string>()
  const run = (id: string, work: () => Promise<void>) => {
    if (busy !== undefined) return
    setBusy(id)
    work()
      .catch((error: unknown) => {
        if (!isCancelled(error)) toast({ text: wordsOf(error), tone: 'danger' })
      })
      .finally(() => {
        setBusy(undefined)
        void refreshNetwork()
      })
  }
  return { busy, run }
}
