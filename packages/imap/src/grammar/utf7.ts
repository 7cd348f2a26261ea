/** Modified UTF-7 (RFC 3501 section 5.1.3): how IMAP4rev1 writes mailbox names. */
import { bytesOf } from './bytes.ts'

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

function shifted(run: string): string {
  const bytes = new Uint8Array(run.length * 2)
  for (let at = 0; at < run.length; at += 1) {
    bytes[2 * at] = run.charCodeAt(at) >> 8
    bytes[2 * at + 1] = run.charCodeAt(at)
  }
  const base64 = btoa(String.fromCharCode(...bytes))
  return `&${base64.replace(/=+$/, '').replaceAll('/', ',')}-`
}

export function encodeUtf7(text: string): string {
  return text.replace(/&|[^\x20-\x7e]+/g, run => (run === '&' ? '&-' : shifted(run)))
}

function unshifted(base64: string): string | undefined {
  if (!/^[A-Za-z0-9+,]+$/.test(base64) || base64.length % 4 === 1) return undefined
  const bytes = bytesOf(atob(base64.replaceAll(',', '/')))
  let text = ''
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    text += String.fromCharCode(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0))
  }
  return text
}

/**
 * The text, or undefined unless `encoded` is exactly what `encodeUtf7` makes of it. Other spellings of the same name
 * (`&AC8-` for a slash) are the old way around a check of names.
 */
export function decodeUtf7(encoded: string): string | undefined {
  if (!/^[\x20-\x7e]*$/.test(encoded)) return undefined
  let faulty = false
  const text = encoded.replace(/&([^-]*)(-?)/g, (_, base64: string, closed: string) => {
    const run = base64 === '' ? '&' : unshifted(base64)
    if (run === undefined || closed === '') faulty = true
    return run ?? ''
  })
  return !faulty && !LONE_SURROGATE.test(text) && encodeUtf7(text) === encoded ? text : undefined
}
