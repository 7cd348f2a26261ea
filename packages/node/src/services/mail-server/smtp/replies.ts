/**
 * Every code and word the submission server chooses: RFC 5321 §4.2 with the enhanced codes of RFC 3463. What the SMTP
 * library answers to broken syntax and wrong order is its own.
 *
 * Delta Chat shows the words of a 5xx to the person who wrote the letter, so they are for people. It gives a letter up
 * after six tries that got past the login, whatever the answer; see `docs/decisions/smtp-when-the-disk-is-full.md`.
 */
import type { RecipientVerdict } from '../submission.ts'

export interface Reply {
  readonly code: number
  /** Begins with the enhanced status code. */
  readonly text: string
}

const reply = (code: number, text: string): Reply => ({ code, text })

export const replies = {
  // Login
  loginFirst: reply(530, '5.7.0 Log in first.'),
  credentials: (text: string) => reply(535, `5.7.8 ${text}`),
  throttled: (text: string) => reply(454, `4.7.0 ${text}`),
  loginUnavailable: (text: string) => reply(421, `4.3.0 ${text}`),
  tooManyGuesses: reply(421, '4.7.0 Too many wrong passwords on this connection.'),
  otherIdentity: reply(535, '5.7.8 You can only act as the user you log in as.'),
  loginTakenBack: reply(421, '4.7.0 This password is not valid any more.'),
  loginTooSlow: reply(421, '4.7.0 You took too long to log in.'),
  // Sender
  noSender: reply(553, '5.7.1 A letter handed in here must have a sender: your own address.'),
  otherSender: (address: string) => reply(553, `5.7.1 You are logged in as ${address} and can only send as that.`),
  // Recipients
  nonAscii: reply(553, '5.6.7 This address has letters that mail cannot carry here; use one in plain ASCII.'),
  badRecipient: reply(553, '5.1.3 This is not a mail address: it must be like name@domain.'),
  badEnvelopeId: reply(501, '5.5.4 ENVID must be at most 100 printable characters in xtext (RFC 3461).'),
  badOriginalRecipient: reply(501, '5.5.4 ORCPT must be a type and an address in xtext (RFC 3461).'),
  tooManyRecipients: (recipientsMax: number) => reply(452, `4.5.3 No more than ${recipientsMax} recipients at a time.`),
  // The letter
  taken: (messageId: string) => reply(250, `2.6.0 ${messageId} is in this node's care now.`),
  bareLineEnd: reply(550, '5.6.11 The letter has a line that does not end in CR LF; nothing of it was taken.'),
  headerTooLarge: (headerBytesMax: number) =>
    reply(552, `5.3.4 The header of the letter is larger than ${headerBytesMax} bytes; nothing of it was taken.`),
  messageTooLarge: (messageBytesMax: number) =>
    reply(552, `5.3.4 The letter is larger than ${messageBytesMax} bytes; nothing of it was taken.`),
  dataTooSlow: reply(421, '4.4.2 The letter came too slowly; nothing of it was taken.'),
  mailLoop: (reason: string) => reply(554, `5.4.6 ${reason}`),
  mailboxFull: (reason: string) => reply(552, `5.2.2 ${reason}`),
  // What is never the client's fault
  refusedForGood: (reason: string) => reply(554, `5.3.0 This letter cannot be taken: ${reason}`),
  storageFull: reply(421, '4.3.1 This node has no room for your letter now; it stays with you until there is room.'),
  storageFailed: reply(421, '4.3.0 This node could not store your letter; it stays with you, and is tried again.'),
  stopping: reply(421, '4.3.2 This node is being stopped; try again soon.'),
  // LMTP: an answer for each recipient, to a server that keeps the letter and tries again
  badSender: reply(553, '5.1.7 This sender is not a mail address.'),
  notHere: reply(550, '5.7.1 LMTP takes letters for the people of this node only; submit others over SMTP.'),
  namedTwice: reply(452, '4.5.3 This recipient is named already; one letter for each.'),
  delivered: (recipient: string) => reply(250, `2.1.5 ${recipient} has it.`),
  notDelivered: reply(451, '4.3.0 This node could not deliver your letter now; try again later.'),
  noRoom: reply(452, '4.3.1 This node has no room for your letter now; try again later.'),
  mailboxFullNow: (text: string) => reply(452, `4.2.2 ${text}`),
} as const

/** Sent in clear before the greeting. */
export const connectionTooMany = '421 4.7.0 Too many connections; try again in a moment.\r\n'

/** `undefined` when the recipient is fine. */
export function replyTo(verdict: RecipientVerdict): Reply | undefined {
  switch (verdict.kind) {
    case 'ok':
      return undefined
    case 'unknown-user':
      return reply(550, `5.1.1 ${verdict.text}`)
    case 'unknown-node':
      return reply(550, `5.1.2 ${verdict.text}`)
    case 'bad-address':
      return reply(553, `5.1.3 ${verdict.text}`)
  }
}

/** The form in which the SMTP library takes an answer other than yes. */
export class ReplyError extends Error {
  readonly responseCode: number

  constructor({ code, text }: Reply) {
    super(text)
    this.name = 'ReplyError'
    this.responseCode = code
  }
}
