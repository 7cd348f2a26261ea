import type { CheckedParamsOf, ResultOf } from '@posthorn/api'
import type { Desk } from '../desk.ts'
import type { ChatMethod } from '../options.ts'

/** Methods as they are written here: for somebody at their desk. */
export type DeskMethods<N extends ChatMethod> = {
  readonly [M in N]: (desk: Desk, params: CheckedParamsOf<M>) => Promise<ResultOf<M>>
}

export type MethodsOf<Area extends string> = DeskMethods<Extract<ChatMethod, `${Area}.${string}`>>
