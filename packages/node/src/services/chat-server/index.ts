/**
 * Chat for people in a browser: the methods of the API's chat area over one chat engine for all of them.
 *
 * It promises: who calls reaches their own account and nothing else — which account that is is read from the node's own
 * store for every call and proven in the engine, numbers of chats and messages mean something within it only, and files
 * are given out only from its own folder, by something in it that they belong to. Of others only `here.ts` tells: name,
 * address and public key, where they want that. The engine is awake while anybody here has an account, so that their
 * mail comes in also when no browser is open. What a call answered is in the engine's database. An end of the engine
 * ends the calls that run with `engine-ended` (retry `later`), it begins again, and everybody is told to ask for all
 * again. One person with much to ask holds up nobody else.
 *
 * It fails when engine or stores fail; without an engine every call ends with `engine-missing` (`never`).
 */
import type { CheckedParamsOf, ResultOf } from '@posthorn/api'
import type { Service } from '../../base/lifecycle.ts'
import type { CallContext, Caller, Handlers } from '../web-server/handlers.ts'
import { type Desk, removeFile } from './desk.ts'
import { Desks } from './desks.ts'
import { newsOf, Teller } from './events.ts'
import { allForPeople } from './for-people.ts'
import { hereHandlers } from './here.ts'
import { type ChatLetter, lettersOf } from './letters.ts'
import { chatMethods } from './methods/chats.ts'
import { inviteMethods } from './methods/invites.ts'
import { messageMethods } from './methods/messages.ts'
import { contactMethods, profileMethods } from './methods/people.ts'
import { draftMethods } from './methods/sending.ts'
import type { DeskMethods } from './methods/table.ts'
import type { ChatMethod, ChatServerOptions, DeviceMethod, HereMethod } from './options.ts'
import { SecondDevices } from './second-device.ts'
import { type ChatFiles, chatFiles } from './served.ts'

export type { ChatLetter } from './letters.ts'
export type { ChatMethod, ChatServerOptions } from './options.ts'
export type { ChatFiles } from './served.ts'

export interface ChatServer extends Service {
  readonly handlers: Handlers<ChatMethod | DeviceMethod>
  /** What is read by GET. */
  readonly files: ChatFiles
  /** By which names the mail knows these messages of somebody's account. */
  letters(user: string, messages: readonly number[], signal: AbortSignal): Promise<readonly ChatLetter[]>
  /** Once the mail server listens. */
  start(): Promise<void>
  /**
   * A hint: somebody was removed, or their passwords changed. What was left in the engine is deleted, and who is still
   * here logs in anew when need be.
   */
  changed(user: string): Promise<void>
}

type DeskMethod = Exclude<ChatMethod, HereMethod>

const methods: DeskMethods<DeskMethod> = {
  ...chatMethods,
  ...inviteMethods,
  ...messageMethods,
  ...draftMethods,
  ...contactMethods,
  ...profileMethods,
}

export function chatServer(options: ChatServerOptions): ChatServer {
  const teller = new Teller(options.publish, options.clock)
  const desks: Desks = new Desks(options, {
    happened: (user, event) => {
      devices.heard(user, event)
      teller.tell(user, newsOf(event))
    },
    began: user => teller.tellAll(user),
  })
  const devices = new SecondDevices(options, desks)
  const deskOf = async (user: string, signal: AbortSignal): Promise<Desk> => ({
    ...(await desks.open(user)),
    ...{ now: () => options.clock.now(), signal },
    async withUpload(id, work) {
      const file = await options.uploads.take(user, id)
      try {
        return await work(file)
      } finally {
        await removeFile(file.path)
      }
    },
  })
  const handle = async <M extends DeskMethod>(
    method: M,
    params: CheckedParamsOf<M>,
    { user }: Caller,
    { signal }: CallContext,
  ): Promise<ResultOf<M>> => {
    return methods[method](await deskOf(user, signal), params)
  }
  const names = Object.keys(methods) as DeskMethod[]
  const bound = names.map(name => [
    name,
    (params: never, caller: Caller, context: CallContext) => handle(name, params, caller, context),
  ])
  return {
    handlers: allForPeople({
      ...(Object.fromEntries(bound) as Handlers<DeskMethod>),
      ...hereHandlers(options, desks),
      ...devices.handlers,
    }),
    files: allForPeople(chatFiles((user, signal) => deskOf(user, signal))),
    ...allForPeople({
      letters: async (user: string, messages: readonly number[], signal: AbortSignal) =>
        lettersOf(await deskOf(user, signal), messages),
    }),
    start: () => desks.start(),
    async changed(user) {
      await devices.over(user)
      await desks.recheck(user)
    },
    async stop() {
      teller.stop()
      await devices.stop()
      await desks.stop()
    },
  }
}
