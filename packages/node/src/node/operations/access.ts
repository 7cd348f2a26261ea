/** How a person's app logs in to this node: hosts, ports, and the `dclogin:` link that holds them all. */
import { networkInterfaces } from 'node:os'
import type { RandomSource } from '@posthorn/nncp'
import type { Ports } from '../ports.ts'
import type { ServerAccess, UserAccess } from './people-types.ts'

/** Apps on this machine log in over loopback without TLS; others over the local network, under TLS. */
export function accessOf(options: {
  address: string
  password: string
  ports: Ports
  lanHost: string | null
}): UserAccess {
  const { address, password, ports, lanHost } = options
  const secure = lanHost !== null
  const host = lanHost ?? '127.0.0.1'
  const security = secure ? 'tls' : 'plain'
  const imap: ServerAccess = { host, port: secure ? ports.imaps : ports.imap, security }
  const smtp: ServerAccess = { host, port: secure ? ports.smtps : ports.smtp, security }
  const pop3: ServerAccess = { host, port: secure ? ports.pop3s : ports.pop3, security }
  return { address, password, dclogin: dcloginLink({ address, password, imap, smtp }), imap, smtp, pop3 }
}

/**
 * Delta Chat's login link. With host, port and security given it needs neither DNS nor HTTP; `ic=3` accepts the node's
 * own certificate, which no authority signed.
 */
function dcloginLink(access: Omit<UserAccess, 'dclogin' | 'pop3'>): string {
  const { address, password, imap, smtp } = access
  const words = { plain: 'plain', starttls: 'starttls', tls: 'ssl' }
  const query = [
    ['p', password],
    ['v', '1'],
    ['ih', imap.host],
    ['ip', String(imap.port)],
    ['is', words[imap.security]],
    ['sh', smtp.host],
    ['sp', String(smtp.port)],
    ['ss', words[smtp.security]],
    ['ic', '3'],
  ]
  return `dclogin:${address}?${query.map(([key, value]) => `${key}=${encodeURIComponent(value ?? '')}`).join('&')}`
}

/** The first address of this machine that others in its network can reach, or null. */
export function lanAddress(): string | null {
  const all = Object.values(networkInterfaces()).flatMap(list => list ?? [])
  return all.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? null
}

/** Letters and digits that nobody mixes up, in groups for reading aloud: 80 bits. */
export function newPassword(random: RandomSource): string {
  const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789'
  const letters = Array.from(random(16), byte => alphabet[byte & 31]).join('')
  return letters.match(/.{4}/g)?.join('-') ?? letters
}
