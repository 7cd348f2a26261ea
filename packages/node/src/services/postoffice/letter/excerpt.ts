/** What of a letter goes back with a report: its header, or all of it, within bounds and in a form that may be sent. */
import type { Excerpt } from '../../../stores/spool/envelope.ts'
import type { Body } from '../../../stores/spool/spool.ts'
import { readHeaderBlock } from './header.ts'

export const excerptLimits = {
  /** Larger letters come back as their header, though all was asked for (RFC 3461 §4.3 leaves that to us). */
  wholeBytesMax: 64 * 1024,
  headerBytesMax: 16 * 1024,
  /** RFC 5322 §2.1.1; longer fields, mostly keys and signatures, are left out of the header. */
  lineBytesMax: 998,
} as const

/** @param whole all of it is wanted (RET=FULL). */
export async function excerptOf(body: Body, whole: boolean): Promise<Excerpt> {
  const all = whole && body.sizeBytes <= excerptLimits.wholeBytesMax ? await wholeLetter(body) : undefined
  return all ?? { whole: false, bytes: headerOf(await readHeaderBlock(body.read())) }
}

/** Undefined when it has what no other letter may hold: NUL, a bare CR, a line without end. */
async function wholeLetter(body: Body): Promise<Excerpt | undefined> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body.read()) chunks.push(chunk)
  const lines = Buffer.concat(chunks).toString('latin1').split(/\r?\n/)
  if (lines.some(line => line.length > excerptLimits.lineBytesMax || line.includes('\r') || line.includes('\0')))
    return undefined
  return { whole: true, bytes: Buffer.from(lines.join('\r\n'), 'latin1') }
}

function headerOf(block: string): Uint8Array {
  const fields: string[][] = []
  for (const line of block.split(/\r?\n/)) {
    if (line === '') break
    if (/^[ \t]/.test(line)) fields.at(-1)?.push(line)
    else fields.push([line])
  }
  let header = ''
  for (const field of fields) {
    const text = `${field.join('\r\n')}\r\n`
    if (!/^[\x21-\x39\x3b-\x7e]{1,100}[ \t]*:/.test(text) || !isSound(text)) continue
    if (header.length + text.length <= excerptLimits.headerBytesMax) header += text
  }
  return Buffer.from(header, 'latin1')
}

function isSound(field: string): boolean {
  return field.length <= excerptLimits.lineBytesMax && /^[\t\r\n\x20-\xff]*$/.test(field) && !/\r(?!\n)/.test(field)
}
