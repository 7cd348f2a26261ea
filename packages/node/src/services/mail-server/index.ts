/**
 * The mail server of a node: SMTP submission and IMAP for the people who live here, on plain ports with STARTTLS and on
 * ports with TLS from the first byte.
 *
 * It promises what `smtp/` and `imap/` promise. Who may log in is the directory's to say, behind one throttle for both;
 * without TLS only from this machine itself. When a port cannot be had, nothing is started and the error says which.
 */
import type { Clock } from '../../base/clock.ts'
import { type Service, stopAll } from '../../base/lifecycle.ts'
import type { Log } from '../../base/log.ts'
import type { Directory } from '../../stores/directory/directory.ts'
import type { MailboxStore } from '../../stores/mailbox/mailbox.ts'
import type { Spool } from '../../stores/spool/spool.ts'
import { authenticator } from './authenticate.ts'
import type { DoorSecurity } from './door.ts'
import { startImap } from './imap/index.ts'
import { isLoopback } from './remote.ts'
import { startSmtp } from './smtp/index.ts'
import type { SmtpLimits } from './smtp/limits.ts'
import type { SubmissionDesk } from './submission.ts'
import { LoginThrottle } from './throttle.ts'
import type { Certificate } from './tls/certificate.ts'

export type { RecipientVerdict, Submission, SubmissionDesk } from './submission.ts'
export { type Certificate, loadOrMakeCertificate } from './tls/certificate.ts'

export type MailListenerName = 'smtp' | 'smtps' | 'imap' | 'imaps'

export interface MailListener {
  readonly host: string
  readonly port: number
  readonly security: DoorSecurity
}

export interface MailServerOptions {
  readonly desk: SubmissionDesk
  readonly users: Pick<Directory['users'], 'verify'>
  readonly mailbox: Pick<MailboxStore, 'account'>
  readonly spool: Pick<Spool, 'scratch'>
  /** The domains whose mail ends here, the node's own first: it is also what the servers call themselves. */
  readonly domains: readonly [string, ...string[]]
  readonly certificate: Certificate
  /** Those that are to be opened; port 0 = any free one. */
  readonly listeners: Partial<Record<MailListenerName, { readonly host: string; readonly port: number }>>
  /** Shown in Delta Chat's connectivity page (RFC 5464): `/shared/comment`, `/shared/admin`. */
  readonly metadata?: (entry: string) => string | null
  readonly clock: Clock
  readonly random: (length: number) => Uint8Array
  readonly log: Log
  readonly smtpLimits?: Partial<SmtpLimits>
}

export interface MailServer extends Service {
  /** With their real ports. */
  readonly listeners: Partial<Record<MailListenerName, MailListener>>
}

const securityOf: Readonly<Record<MailListenerName, DoorSecurity>> = {
  smtp: 'starttls',
  smtps: 'tls',
  imap: 'starttls',
  imaps: 'tls',
}

/** @throws OperatingError `port-taken`, `port-forbidden` or `no-such-address`, retry `never`; nothing runs then. */
export async function mailServer(options: MailServerOptions): Promise<MailServer> {
  const { certificate, clock, domains, log } = options
  const stopping = new AbortController()
  const throttle = new LoginThrottle({ clock })
  const authenticate = authenticator({ users: options.users, domains, throttle, clock, log, signal: stopping.signal })
  const common = { authenticate, certificate, clock, log, serverName: domains[0], plaintextLogin: isLoopback }
  const smtpListen = asked(options, ['smtp', 'smtps'])
  const imapListen = asked(options, ['imap', 'imaps'])
  const smtp = await startSmtp({
    ...common,
    desk: options.desk,
    spool: options.spool,
    random: options.random,
    listen: smtpListen,
    domains,
    ...(options.smtpLimits === undefined ? {} : { limits: options.smtpLimits }),
  })
  const account = (user: string, address: string) => options.mailbox.account(user, address)
  const metadata = options.metadata ?? (() => null)
  const imap = await startImap({ ...common, account, metadata, listen: imapListen }).catch(async (error: unknown) => {
    await smtp.stop()
    throw error
  })
  const open: Partial<Record<MailListenerName, MailListener>> = {}
  for (const [service, listen] of [[smtp, smtpListen] as const, [imap, imapListen] as const]) {
    for (const [index, { name, host, security }] of listen.entries()) {
      open[name] = { host, port: service.ports[index] ?? 0, security }
    }
  }
  log.info('mail server listens', { listeners: open })
  return {
    listeners: open,
    stop: () => {
      stopping.abort()
      return stopAll([smtp, imap])
    },
  }
}

function asked(options: MailServerOptions, names: readonly MailListenerName[]) {
  return names.flatMap(name => {
    const listener = options.listeners[name]
    return listener === undefined ? [] : [{ name, ...listener, security: securityOf[name] }]
  })
}
