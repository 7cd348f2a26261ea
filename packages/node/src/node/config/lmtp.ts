/** Where LMTP listens: nobody logs in there, so it is never an address that other machines reach. */
import { resolve } from 'node:path'

export type LmtpPlace = { readonly host: string; readonly port: number } | { readonly path: string }

const loopback = /^(127(?:\.\d{1,3}){3}|\[::1\]|localhost):(\d{1,5})$/

/** @param home a path is relative to it. `undefined` when the text is no such place. */
export function lmtpPlace(text: string, home: string): LmtpPlace | undefined {
  const [, host, digits] = loopback.exec(text) ?? []
  if (host !== undefined) {
    const port = Number(digits)
    const plain = host === 'localhost' ? '127.0.0.1' : host.replace(/^\[|\]$/g, '')
    return port > 0 && port < 65_536 ? { host: plain, port } : undefined
  }
  return text.endsWith('.sock') && !text.includes('\0') ? { path: resolve(home, text) } : undefined
}
