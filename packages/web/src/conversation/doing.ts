/** What can be done with messages. Each says by itself when it did not work, and why. */
import { api, isCancelled, wordsOf } from '../api/index.ts'
import { copyText } from '../text/copy.ts'
import { toast } from '../ui/index.ts'
import { say } from './words.ts'

/** Waits for it, and tells what went wrong; undefined then. */
export async function told<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (!isCancelled(error)) toast({ text: say('failed', { why: wordsOf(error) }), tone: 'danger' })
    return undefined
  }
}

export function react(message: number, emoji: string): void {
  void told(api.call('messages.react', { message, emoji }))
}

export function fetchRest(message: number): void {
  void told(api.call('messages.fetch', { message }))
}

export function keep(ids: readonly number[], saved: boolean): void {
  void told(api.call('messages.save', { ids: [...ids], saved }))
}

export async function takeContact(message: number): Promise<void> {
  const taken = await told(api.call('contacts.read', { message }))
  if (taken !== undefined) toast({ text: say('contactTaken', { count: taken.ids.length }) })
}

/** One that the node has, and could not send. */
export function resend(message: number): void {
  void told(api.call('messages.resend', { ids: [message] }))
}

export async function copy(text: string): Promise<void> {
  toast({ text: (await copyText(text)) ? say('copied') : say('notCopied') })
}
