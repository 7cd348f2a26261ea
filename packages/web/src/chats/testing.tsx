/** A node for tests of components: it answers from a table, and remembers what it was asked. */
import type { EventName, EventOf, MethodName, ParamsOf } from '@posthorn/api'
import { render } from '@testing-library/react'
import type { ReactNode } from 'react'
import { type Client, setClient } from '../api/index.ts'
import { TooltipProvider } from '../ui/index.ts'

export type Answers = { [N in MethodName]?: (params: ParamsOf<N>) => unknown }

export interface TestNode {
  readonly asked: (readonly [method: string, params: unknown])[]
  /** All calls of one method. */
  callsOf(method: MethodName): readonly unknown[]
  happens<N extends EventName>(event: N, data: EventOf<N>): void
}

export function testNode(answers: Answers): TestNode {
  const asked: (readonly [string, unknown])[] = []
  const listeners = new Map<string, Set<(data: never) => void>>()
  const client: Client = {
    call: (async (method: MethodName, params: never) => {
      asked.push([method, params])
      const answer = answers[method]
      if (answer === undefined) throw new Error(`${method} is not answered in this test`)
      return await answer(params)
    }) as unknown as Client['call'],
    on(event, listener) {
      const all = listeners.get(event) ?? new Set()
      listeners.set(event, all.add(listener))
      return () => all.delete(listener)
    },
    onReady: () => () => undefined,
    phase: () => 'ready',
    start: () => () => undefined,
    look: () => undefined,
  }
  setClient(client)
  return {
    asked,
    callsOf: method => asked.flatMap(([name, params]) => (name === method ? [params] : [])),
    happens(event, data) {
      for (const listener of listeners.get(event) ?? []) listener(data as never)
    },
  }
}

export function show(content: ReactNode) {
  return render(<TooltipProvider>{content}</TooltipProvider>)
}
