/**
 * The mail apps of one node: a process in its namespace, since its loopback is not ours. A line of JSON in, a line out.
 * `losesAnswer`: the line is cut after the last dot, before the app has heard whether the letter was taken.
 */
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { inboxLetters, sendRaw } from '../support/mail.ts'
import type { Access } from '../support/node.ts'
import { type Seen, seenOf } from './letters.ts'

export type AppRequest =
  | {
      readonly kind: 'send'
      readonly access: Access
      readonly to: readonly string[]
      readonly raw: string
      readonly losesAnswer: boolean
    }
  | { readonly kind: 'read'; readonly access: Access }

/** `code`: SMTP's. None where the line broke. */
export type AppAnswer =
  | { readonly kind: 'taken'; readonly except: readonly string[] }
  | { readonly kind: 'letters'; readonly letters: readonly Seen[] }
  | { readonly kind: 'failed'; readonly message: string; readonly code?: number }

async function work(request: AppRequest): Promise<AppAnswer> {
  try {
    if (request.kind === 'read') {
      const letters = await inboxLetters(request.access)
      return { kind: 'letters', letters: letters.map(letter => seenOf(letter.text)) }
    }
    if (!request.losesAnswer) {
      return { kind: 'taken', except: await sendRaw(request.access, request.to, request.raw) }
    }
    await sendAndHangUp(request.access, request.to, request.raw)
    return { kind: 'failed', message: 'hung up' }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const code = (error as { responseCode?: number }).responseCode
    return { kind: 'failed', message, ...(code === undefined ? {} : { code }) }
  }
}

/** Resolves when all was written out, or the line broke before. */
function sendAndHangUp(access: Access, to: readonly string[], raw: string): Promise<void> {
  const login = Buffer.from(`\0${access.address}\0${access.password}`).toString('base64')
  const stuffed = raw.replaceAll(/^\./gm, '..')
  const steps = [
    ['EHLO harness\r\n', /^250 /m],
    [`AUTH PLAIN ${login}\r\n`, /^235/m],
    [`MAIL FROM:<${access.address}> BODY=8BITMIME\r\n`, /^250/m],
    ...to.map(address => [`RCPT TO:<${address}>\r\n`, /^\d{3}/m] as const),
    ['DATA\r\n', /^354/m],
  ] as const
  return new Promise((resolve, reject) => {
    const socket = connect(access.smtp.port, access.smtp.host)
    let said = ''
    let step = -1
    socket.setEncoding('latin1')
    socket.setTimeout(30_000, () => socket.destroy())
    socket.once('error', reject)
    socket.once('close', () => resolve())
    socket.on('data', chunk => {
      said += String(chunk)
      if (!(steps[step]?.[1] ?? /^220/m).test(said)) return
      said = ''
      step += 1
      const next = steps[step]
      if (next !== undefined) socket.write(next[0])
      else socket.write(`${stuffed}.\r\n`, () => socket.destroy())
    })
  })
}

createInterface({ input: process.stdin }).on('line', line => {
  const { id, request } = JSON.parse(line) as { id: number; request: AppRequest }
  void work(request).then(answer => process.stdout.write(`${JSON.stringify({ id, answer })}\n`))
})
