import type { EventName, MethodName, ParamsOf, ResultOf } from '@posthorn/api'
import { useCallback, useEffect, useRef, useState } from 'react'
import { api, isCancelled } from '../api/index.ts'

export interface Asked<Result> {
  /** The last answer; undefined until there is one. It stays while it is asked for again. */
  readonly value: Result | undefined
  readonly error: unknown
  readonly again: () => void
}

/**
 * Asks the node while a component is shown: at once, when the parameters change, when one of these events comes, and
 * when the connection is there anew. `params` undefined: nothing is asked.
 */
export function useAsked<N extends MethodName>(
  method: N,
  params: ParamsOf<N> | undefined,
  events: readonly EventName[] = [],
): Asked<ResultOf<N>> {
  const question = params === undefined ? undefined : JSON.stringify(params)
  const listened = events.join(' ')
  const [answer, setAnswer] = useState<{ to?: string; value?: ResultOf<N>; error?: unknown }>({})
  const current = useRef<AbortController>(undefined)
  const again = useCallback(() => {
    current.current?.abort()
    if (question === undefined) return
    const asking = new AbortController()
    const { signal } = asking
    current.current = asking
    api.call(method, JSON.parse(question) as ParamsOf<N>, { signal }).then(
      value => !signal.aborted && setAnswer({ to: question, value }),
      error => !isCancelled(error) && setAnswer(before => ({ ...before, to: question, error })),
    )
  }, [method, question])

  useEffect(() => {
    again()
    let isFirst = true
    const ready = api.onReady(() => {
      if (!isFirst) again()
    })
    isFirst = false
    const ends = listened.split(' ').flatMap(name => (name === '' ? [] : [api.on(name as EventName, again)]))
    return () => {
      current.current?.abort()
      ready()
      for (const end of ends) end()
    }
  }, [listened, again])

  const isOld = answer.to !== question
  return { value: isOld ? undefined : answer.value, error: isOld ? undefined : answer.error, again }
}
