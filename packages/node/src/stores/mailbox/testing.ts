/** For tests: letters, and a person who gets them. */
import type { Folder, MailAccount, Refusal } from '@posthorn/imap'
import type { Clock } from '../../base/clock.ts'
import type { Body } from '../spool/spool.ts'
import type { Delivery, MailboxStore } from './mailbox.ts'

export const at = 1_700_000_000_000
export const user = 'alice'

export class TestClock implements Clock {
  time = at
  now(): number {
    return this.time
  }
  sleep(): Promise<void> {
    return Promise.reject(new Error('a store does not sleep'))
  }
}

export function letter(text: string): string {
  return `From: bob@example\r\nMessage-ID: <${text}@example>\r\nSubject: ${text}\r\n\r\n${text}\r\n`
}

export function bodyOf(text: string, chunkBytes = 40): Body {
  const bytes = Buffer.from(text, 'latin1')
  return {
    sizeBytes: bytes.length,
    async *read(startBytes = 0) {
      for (let start = startBytes; start < bytes.length; start += chunkBytes) {
        yield bytes.subarray(start, start + chunkBytes)
      }
    },
  }
}

export function delivery(text: string, changes: Partial<Delivery> = {}): Delivery {
  const id = { deliveryId: `packet-${text}`, messageId: `${text}@example` }
  return { user, body: bodyOf(letter(text)), returnPath: null, at, ...id, ...changes }
}

export function present<T extends object>(value: T | Refusal): T {
  if ('refused' in value) throw new Error(`refused: ${value.text}`)
  return value
}

export async function inboxOf(store: MailboxStore, name = user): Promise<Folder> {
  return present(await store.account(name, `${name}@example`).open('INBOX'))
}

export async function readText(folder: Folder, uid: number, range?: { start: number; end: number }): Promise<string> {
  const source = await folder.read(uid, range)
  if (source === undefined) throw new Error(`no message ${uid}`)
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks).toString('latin1')
}

/** The subjects in a folder, by UID. */
export async function subjects(folder: Folder): Promise<Record<number, string>> {
  const { added } = await folder.changes(0)
  const found: Record<number, string> = {}
  for (const { uid } of added) found[uid] = /Subject: (.*)\r\n/.exec(await readText(folder, uid))?.[1] ?? ''
  return found
}

export async function append(account: MailAccount, name: string, text: string, flags: string[] = []) {
  const body = bodyOf(letter(text))
  const options = { flags, internalDate: at - 1000, sizeBytes: body.sizeBytes }
  return present(await account.append(name, body.read(), options))
}

/** A user whose client is ready, with the letters `one`, `two`, … of these names in INBOX. */
export async function ready(store: MailboxStore, ...texts: string[]): Promise<{ account: MailAccount; inbox: Folder }> {
  const account = store.account(user, 'alice@example')
  await account.releaseHeld()
  for (const text of texts) await store.deliver(delivery(text))
  return { account, inbox: await inboxOf(store) }
}

/** A mailbox of its own for each test. */
export type MakeMailbox = () => Promise<MailboxStore>
