/** What a delivery status notification says (RFC 3464), as a program of its sender would read it. */

export interface ReadReport {
  /** Message-ID of the letter. */
  readonly about: string
  readonly recipients: ReadonlyMap<string, { readonly action: string; readonly status: string }>
  /** It says that the letter may arrive all the same, or that nothing is known of it. */
  readonly admitsLateArrival: boolean
}

/** Undefined when the letter is none. */
export function readReport(bytes: Buffer): ReadReport | undefined {
  const text = bytes.toString('latin1')
  if (!/^Content-Type: multipart\/report/im.test(text)) return undefined
  const [, about = ''] = /^In-Reply-To: <(.*)>\r$/im.exec(text) ?? []
  const recipients = new Map<string, { action: string; status: string }>()
  const fields = /^Final-Recipient: rfc822; (.*)\r\nAction: (.*)\r\nStatus: (.*)\r$/gim
  for (const [, address = '', action = '', status = ''] of text.matchAll(fields)) {
    recipients.set(address, { action, status })
  }
  const admitsLateArrival = /may still arrive|nothing (confirms|came back)|before its arrival was confirmed/.test(text)
  return { about, recipients, admitsLateArrival }
}
