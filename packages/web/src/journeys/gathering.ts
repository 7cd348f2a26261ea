/**
 * Asks the node for what is shown of many messages, together: what is wanted within a moment is one call, answers are
 * kept for as long as they are shown and a little longer, and what changed is asked for anew.
 */
import { apiLimits } from '@posthorn/api'
import { create } from 'zustand'
import { api } from '../api/index.ts'

/** What is not shown any more is kept up to so many, for scrolling back. */
const keptMax = 500
const gatherMs = 20

export interface Gathering<T> {
  /** Undefined until the node answered. */
  use(message: number): T | undefined
  /** While something is shown: asks for it, and again when it changed. Returns the way to stop. */
  want(message: number): () => void
  /** Those that are shown are asked for anew; the others are forgotten. */
  changed(messages: readonly number[]): void
}

export interface GatheringParts<T> {
  readonly ask: (messages: number[]) => Promise<readonly T[]>
  /** Hears of changes from now on. */
  readonly listen: (changed: (messages: readonly number[]) => void) => void
}

export function gathering<T extends { readonly message: number }>(parts: GatheringParts<T>): Gathering<T> {
  const useAnswers = create<ReadonlyMap<number, T>>(() => new Map())
  const wanted = new Map<number, number>()
  const waiting = new Set<number>()
  let isListening = false
  let isSoon = false

  const ask = async () => {
    isSoon = false
    const messages = [...waiting].slice(0, apiLimits.briefsMax)
    for (const message of messages) waiting.delete(message)
    try {
      const answers = await parts.ask(messages)
      useAnswers.setState(known => withAnswers(known, answers, wanted), true)
    } catch {
      // Without an answer nothing is claimed; with the next connection it is asked for again.
    }
    if (waiting.size > 0) askSoon()
  }
  const askSoon = () => {
    if (isSoon) return
    isSoon = true
    setTimeout(() => void ask(), gatherMs)
  }
  const changed = (messages: readonly number[]) => {
    for (const message of messages) if (wanted.has(message)) waiting.add(message)
    const gone = messages.filter(message => !wanted.has(message))
    if (gone.length > 0) useAnswers.setState(known => without(known, gone), true)
    if (waiting.size > 0) askSoon()
  }
  const listen = () => {
    if (isListening) return
    isListening = true
    parts.listen(changed)
    // What changed while there was no connection, nobody has heard.
    api.onReady(() => changed([...new Set([...wanted.keys(), ...useAnswers.getState().keys()])]))
  }
  return {
    use: message => useAnswers(answers => answers.get(message)),
    want(message) {
      listen()
      wanted.set(message, (wanted.get(message) ?? 0) + 1)
      if (!useAnswers.getState().has(message)) {
        waiting.add(message)
        askSoon()
      }
      return () => {
        const others = (wanted.get(message) ?? 1) - 1
        if (others > 0) wanted.set(message, others)
        else wanted.delete(message)
      }
    },
    changed,
  }
}

function withAnswers<T extends { readonly message: number }>(
  known: ReadonlyMap<number, T>,
  answers: readonly T[],
  wanted: ReadonlyMap<number, unknown>,
): ReadonlyMap<number, T> {
  const all = new Map([...known, ...answers.map(one => [one.message, one] as const)])
  const unwanted = [...all.keys()].filter(message => !wanted.has(message))
  for (const message of unwanted.slice(0, Math.max(0, unwanted.length - keptMax))) all.delete(message)
  return all
}

function without<T>(known: ReadonlyMap<number, T>, gone: readonly number[]): ReadonlyMap<number, T> {
  const left = new Map(known)
  for (const message of gone) left.delete(message)
  return left
}
