/**
 * How much mail a person may keep, for what they put in themselves (APPEND, COPY): it is refused beyond it. Moving
 * takes no more room. Letters that arrive have a quota of their own (`Delivery.quota`), which whoever delivers decides.
 */
import type { Quota, Refusal } from '@posthorn/imap'

/** The limit of a user in bytes; null: none. */
export type QuotaBytesOf = (user: string) => number | null

export function quotaOf(
  limitBytes: number | null,
  folders: readonly { readonly sizeBytes: number; readonly messages: number }[],
): Quota {
  let usedBytes = 0
  let usedMessages = 0
  for (const { sizeBytes, messages } of folders) {
    usedBytes += sizeBytes
    usedMessages += messages
  }
  return { usedBytes, limitBytes, usedMessages, limitMessages: null }
}

export function roomRefusal({ limitBytes, usedBytes }: Quota, moreBytes: number): Refusal | undefined {
  if (limitBytes === null || usedBytes + moreBytes <= limitBytes) return undefined
  return { refused: 'over-quota', text: 'There is no room left in this mailbox; remove something first.' }
}
