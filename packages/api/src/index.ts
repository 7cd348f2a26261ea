/**
 * The API of a node, as both ends know it: which methods there are, what goes into them and what comes out, who may
 * call them, and what happens by itself. The node checks what it is given, the client what it is answered; nothing here
 * does I/O. docs/reference/api.md is made from these tables.
 */
import type * as v from 'valibot'
import { chatMethods } from './chat/chats.ts'
import { chatEvents } from './chat/events.ts'
import { messageMethods } from './chat/messages.ts'
import { peopleMethods } from './chat/people.ts'
import { journeyEvents, journeyMethods } from './journeys.ts'
import { networkMethods } from './network/index.ts'
import { networkEvents } from './network/picture.ts'
import { accessEvents, accessMethods } from './node/access.ts'
import { nodePeopleMethods } from './node/people.ts'
import { settingsMethods } from './node/settings.ts'
import { sessionMethods } from './session.ts'

export * from './chat/people.ts'
export * from './chat/views.ts'
export * from './journeys.ts'
export * from './limits.ts'
export * from './method.ts'
export * from './network/index.ts'
export * from './node/access.ts'
export * from './node/people.ts'
export * from './node/settings.ts'
export * from './session.ts'
export * from './wire.ts'

/** Every method by its name. */
export const methods = {
  ...{ ...sessionMethods, ...chatMethods, ...messageMethods, ...peopleMethods, ...journeyMethods },
  ...{ ...nodePeopleMethods, ...accessMethods, ...settingsMethods, ...networkMethods },
}

/** Every event by its name. */
export const events = { ...chatEvents, ...journeyEvents, ...accessEvents, ...networkEvents }

export type Methods = typeof methods
export type MethodName = keyof Methods
/** What a caller writes. */
export type ParamsOf<N extends MethodName> = v.InferInput<Methods[N]['params']>
/** What the node reads: trimmed, with defaults. */
export type CheckedParamsOf<N extends MethodName> = v.InferOutput<Methods[N]['params']>
export type ResultOf<N extends MethodName> = v.InferOutput<Methods[N]['result']>

export type Events = typeof events
export type EventName = keyof Events
export type EventOf<N extends EventName> = v.InferOutput<Events[N]>

export function isMethod(name: string): name is MethodName {
  return Object.hasOwn(methods, name)
}
