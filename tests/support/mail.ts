/** Ordinary mail programs: nodemailer to send, imapflow to read, and a look into the Maildirs themselves. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ImapFlow } from 'imapflow'
import { createTransport } from 'nodemailer'
import type { Access } from './node.ts'

export interface LetterToSend {
  readonly to: string | readonly string[]
  readonly subject?: string
  readonly text: string
  readonly messageId?: string
}

/** Resolves when the node said 250; rejects with its answer (`responseCode`, `response`) or the broken connection. */
export async function sendLetter(access: Access, letter: LetterToSend): Promise<void> {
  const transport = createTransport({
    host: access.smtp.host,
    port: access.smtp.port,
    secure: false,
    ignoreTLS: true,
    auth: { user: access.address, pass: access.password },
  })
  try {
    await transport.sendMail({
      from: access.address,
      to: [letter.to].flat(),
      subject: letter.subject ?? 'A letter',
      text: letter.text,
      ...(letter.messageId === undefined ? {} : { messageId: letter.messageId }),
    })
  } finally {
    transport.close()
  }
}

/** A letter as it is, with an envelope of its own. As `sendLetter`; resolves with recipients that were not taken. */
export async function sendRaw(access: Access, to: readonly string[], raw: string | Uint8Array): Promise<string[]> {
  const { host, port } = access.smtp
  const auth = { user: access.address, pass: access.password }
  const transport = createTransport({ host, port, secure: false, ignoreTLS: true, auth })
  try {
    const envelope = { from: access.address, to: [...to] }
    const { rejected } = await transport.sendMail({ envelope, raw: Buffer.from(raw) })
    return rejected.map(String)
  } finally {
    transport.close()
  }
}

/** Logs in as a mail app that is not Delta Chat and hands the connection to `work`. */
export async function withImap<T>(access: Access, work: (client: ImapFlow) => Promise<T>): Promise<T> {
  const { host, port } = access.imap
  const auth = { user: access.address, pass: access.password }
  const client = new ImapFlow({ host, port, secure: false, doSTARTTLS: false, auth, logger: false })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.logout().catch(() => client.close())
  }
}

/** The letters in INBOX, whole, by UID. */
export function inboxLetters(access: Access): Promise<{ uid: number; text: string }[]> {
  return withImap(access, async client => {
    const lock = await client.getMailboxLock('INBOX')
    try {
      const letters: { uid: number; text: string }[] = []
      for await (const message of client.fetch('1:*', { source: true, uid: true })) {
        letters.push({ uid: message.uid, text: message.source?.toString('latin1') ?? '' })
      }
      return letters
    } finally {
      lock.release()
    }
  })
}

/** Every letter file of a user on the disk, held or in any folder. */
export async function lettersOnDisk(home: string, user: string): Promise<string[]> {
  const entries = await readdir(join(home, 'mail', user), { recursive: true, withFileTypes: true })
  const files = entries.filter(
    entry => entry.isFile() && ['cur', 'new'].includes(entry.parentPath.split('/').at(-1) ?? ''),
  )
  return Promise.all(files.map(entry => readFile(join(entry.parentPath, entry.name), 'latin1')))
}
