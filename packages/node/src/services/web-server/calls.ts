/** Runs calls: who may, with what, and that the answer is what was promised. The same for WebSocket and HTTP. */
import { isMethod, type MethodName, methods } from '@posthorn/api'
import * as v from 'valibot'
import type { Log } from '../../base/log.ts'
import { refusal } from './errors.ts'
import type { CallContext, Caller, Handlers } from './handlers.ts'
import type { WebLimits } from './limits.ts'

export interface Call {
  readonly method: string
  readonly params: unknown
}

/** @throws OperatingError, AbortError, and whatever a handler throws: see `apiErrorOf`. */
export type RunCall = (call: Call, caller: Caller | null, context: CallContext) => Promise<unknown>

type AnyHandler = (params: unknown, caller: Caller | null, context: CallContext) => Promise<unknown>

export function callRunner(options: {
  /** A method without one is not here. */
  readonly handlers: Partial<Handlers>
  readonly limits: Pick<WebLimits, 'callsOfUserMax'>
  readonly log: Log
}): RunCall {
  const { handlers, limits, log } = options
  const running = new Map<string, number>()
  return async ({ method: name, params: given }, caller, context) => {
    if (!isMethod(name)) throw refusal('unknown-method', 'This node knows no such method.')
    mayCall(name, caller)
    const params = checkedParams(name, given)
    const handler = Object.hasOwn(handlers, name) ? (handlers[name] as AnyHandler | undefined) : undefined
    if (handler === undefined) throw refusal('not-here', `This node cannot do ${name} yet.`)
    const who = caller === null ? '' : caller.user
    const others = running.get(who) ?? 0
    if (others >= limits.callsOfUserMax) throw tooManyCalls()
    running.set(who, others + 1)
    try {
      context.signal.throwIfAborted()
      return checkedAnswer(name, await handler(params, caller, context), log)
    } finally {
      const left = (running.get(who) ?? 1) - 1
      if (left === 0) running.delete(who)
      else running.set(who, left)
    }
  }
}

export function tooManyCalls() {
  return refusal('too-many-calls', 'Too much was asked at once. Wait for some answers first.', 'later')
}

export function signedOut() {
  return refusal('signed-out', 'Sign in first: this browser or token is not signed in, or not any more.')
}

function mayCall(name: MethodName, caller: Caller | null): void {
  const { role } = methods[name]
  if (role === 'anyone') return
  if (caller === null) throw signedOut()
  if (role === 'admin' && caller.role !== 'admin') {
    throw refusal('admins-only', 'Only who looks after this node may do that.')
  }
}

function checkedParams(name: MethodName, given: unknown): unknown {
  const checked = v.safeParse<v.GenericSchema>(methods[name].params, given)
  if (checked.success) return checked.output
  const faults = checked.issues.slice(0, 5).map(issue => v.getDotPath(issue) ?? 'the parameters')
  throw refusal('bad-params', `${name} cannot be asked like this: look at ${[...new Set(faults)].join(', ')}.`)
}

/** Says nothing that the table does not name. */
function checkedAnswer(name: MethodName, answer: unknown, log: Log): unknown {
  const checked = v.safeParse<v.GenericSchema>(methods[name].result, answer)
  if (checked.success) return checked.output
  const faults = checked.issues.slice(0, 5).map(issue => v.getDotPath(issue) ?? '')
  log.error('an answer is not what its method promises', { method: name, faults })
  throw refusal('internal', 'The node made an answer that it must not give. It was written to its log.', 'later')
}
