/** What a method works with: one person's account, and nothing of anybody else's. */
import { rm } from 'node:fs/promises'
import { OperatingError } from '../../base/errors.ts'
import type { CallContext } from '../web-server/handlers.ts'
import type { OpenAccount } from './account.ts'

export interface UploadedFile {
  readonly path: string
  readonly name: string
}

export interface Desk extends OpenAccount {
  readonly now: () => number
  readonly signal: CallContext['signal']
  /** Gives a file that this person sent to the work, and deletes it after. @throws OperatingError `no-such-upload` */
  withUpload<T>(id: string, work: (file: UploadedFile) => Promise<T>): Promise<T>
}

/** Below are chats, messages and contacts that the engine has for itself. */
const specialMax = 9
const self = 1

export function refuse(code: string, message: string): never {
  throw new OperatingError(message, { code, retry: 'never' })
}

/** @throws OperatingError `no-such-chat`: there is none of this number in this account. */
export async function ownChat(desk: Desk, chat: number): Promise<number> {
  if (chat <= specialMax || !(await answers(desk.calls.basicChat(chat)))) {
    refuse('no-such-chat', 'This chat is not there any more.')
  }
  return chat
}

/** @throws OperatingError `no-such-contact` */
export async function ownContact(desk: Desk, contact: number): Promise<number> {
  const isSpecial = contact <= specialMax && contact !== self
  if (isSpecial || !(await answers(desk.calls.contact(contact)))) {
    refuse('no-such-contact', 'This contact is not there any more.')
  }
  return contact
}

/** Those of them that are in this account, in the order given. */
export async function ownMessages(desk: Desk, ids: readonly number[]): Promise<readonly number[]> {
  const asked = ids.filter(id => id > specialMax)
  if (asked.length === 0) return []
  const existing = new Set(await desk.calls.existing(asked))
  return asked.filter(id => existing.has(id))
}

/** @throws OperatingError `no-such-message` */
export async function ownMessage(desk: Desk, message: number): Promise<number> {
  const [own] = await ownMessages(desk, [message])
  return own ?? refuse('no-such-message', 'This message is not there any more.')
}

/** Whether the engine answers, and does not refuse: what it refuses to show is not there. */
async function answers(call: Promise<unknown>): Promise<boolean> {
  try {
    await call
    return true
  } catch (error) {
    if (error instanceof OperatingError && error.code === 'engine-refused') return false
    throw error
  }
}

/** What it answers, or undefined where it refuses. */
export async function answerOf<T>(call: Promise<T>): Promise<T | undefined> {
  return (await answers(call)) ? call : undefined
}

export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true })
}
