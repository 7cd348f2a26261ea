/**
 * The mail server of a node: SMTP submission, IMAP and POP3 for the people who live here, on plain ports with STARTTLS
 * and on ports with TLS from the first byte; and LMTP for a mail server on the same machine.
 *
 * It promises what `smtp/`, `imap/`, `pop3/` and `lmtp/` promise. Who may log in is the directory's to say, behind one
 * throttle for all; without TLS only from this machine itself. When a port cannot be had, nothing is started and the
 * error says which.
 */
import type { Clock } from '../../base/clock.ts'
import { type Service, stopAll } from '../../base/lifecycle.ts'
import type { Log } from '../../base/log.ts'
import type { Directory } from '../../stores/directory/directory.ts'
import type { MailboxStore } from '../../stores/mailbox/mailbox.ts'
import type { Spool } from '../../stores/spool/spool.ts'
import { authenticator } from './authenticate.ts'
import type { DoorSecurity, ListenPlace } from './door.ts'
import { type FirstLogin, FirstLogins } from './first-login.ts'
import { startImap } from './imap/index.ts'
import { startLmtp } from './lmtp/index.ts'
import { OpenLogins } from './open-logins.ts'
import { startPop3 } from './pop3/index.ts'
import { isLoopback } from './remote.ts'
import { startSmtp } from './smtp/index.ts'
import type { SmtpLimits } from './smtp/limits.ts'
import type { SubmissionDesk } from './submission.ts'
import { LoginThrottle } from './throttle.ts'
import type { Certificate } from './tls/certificate.ts'

export { type Authenticate, authenticator, type Login } from './authenticate.ts'
export type { ListenPlace } from './door.ts'
export { Admission, openDoors, secureContextOf, tryPlace } from './door.ts'
export type { FirstLogin } from './first-login.ts'
export { type Credentials, OpenLogins } from './open-logins.ts'
export { isLoopback, plainAddress } from './remote.ts'
export type { RecipientVerdict, Submission, SubmissionDesk } from './submission.ts'
export { LoginThrottle } from './throttle.ts'
export { type Certificate, certificatePath, loadOrMakeCertificate } from './tls/certificate.ts'

export type MailListenerName = 'smtp' | 'smtps' | 'imap' | 'imaps' | 'pop3' | 'pop3s'

export type MailListener = ListenPlace & { readonly security: DoorSecurity }

export interface MailServerOptions {
  readonly desk: SubmissionDesk
  readonly users: Pick<Directory['users'], 'verify'>
  readonly appPasswords: Pick<Directory['appPasswords'], 'verify' | 'used'>
  /** Where people may make accounts by logging in. */
  readonly firstLogin?: FirstLogin | undefined
  readonly mailbox: Pick<MailboxStore, 'account'>
  readonly spool: Pick<Spool, 'scratch'>
  /** The domains whose mail ends here, the node's own first: it is also what the servers call themselves. */
  readonly domains: readonly [string, ...string[]]
  /** Shared with others who look at the same passwords. */
  readonly throttle?: LoginThrottle
  readonly certificate: Certificate
  /** Those that are to be opened; port 0 = any free one. */
  readonly listeners: Partial<Record<MailListenerName, { readonly host: string; readonly port: number }>>
  /** Where letters come in from a mail server on this machine; absent = nowhere. */
  readonly lmtp?: ListenPlace
  /** Shown in Delta Chat's connectivity page (RFC 5464): `/shared/comment`, `/shared/admin`. */
  readonly metadata?: (entry: string) => string | null
  readonly clock: Clock
  readonly random: (length: number) => Uint8Array
  readonly log: Log
  readonly smtpLimits?: Partial<SmtpLimits>
}

export interface MailServer extends Service {
  /** With their real ports. */
  readonly listeners: Partial<Record<MailListenerName | 'lmtp', MailListener>>
  /** Takes logins back: see `OpenLogins.end`. */
  readonly endLogins: OpenLogins['end']
}

const securityOf: Readonly<Record<MailListenerName, DoorSecurity>> = {
  smtp: 'starttls',
  smtps: 'tls',
  imap: 'starttls',
  imaps: 'tls',
  pop3: 'starttls',
  pop3s: 'tls',
}

/** @throws OperatingError `port-taken`, `port-forbidden` or `no-such-address`, retry `never`; nothing runs then. */
export async function mailServer(options: MailServerOptions): Promise<MailServer> {
  const { certificate, clock, domains, log } = options
  const stopping = new AbortController()
  const { throttle = new LoginThrottle({ clock }) } = options
  const { users, appPasswords, firstLogin } = options
  const logins = new OpenLogins()
  const firstLogins = firstLogin === undefined ? undefined : new FirstLogins(firstLogin, clock)
  const checking = { users, appPasswords, logins, firstLogins, domains, throttle, clock, log, signal: stopping.signal }
  const authenticate = authenticator(checking)
  const common = { authenticate, logins, certificate, clock, log, serverName: domains[0], plaintextLogin: isLoopback }
  const smtpLimits = options.smtpLimits === undefined ? {} : { limits: options.smtpLimits }
  const desk = { desk: options.desk, spool: options.spool, ...smtpLimits }
  const account = (user: string, address: string) => options.mailbox.account(user, address)
  const lmtp =
    options.lmtp === undefined ? [] : [{ name: 'lmtp' as const, ...options.lmtp, security: 'plain' as const }]
  const smtp = asked(options, ['smtp', 'smtps'])
  const imap = asked(options, ['imap', 'imaps'])
  const pop3 = asked(options, ['pop3', 'pop3s'])
  const metadata = options.metadata ?? (() => null)
  // Delta Chat compresses wherever it may; on the machine itself that is only work.
  const compress = (remote: string) => !isLoopback(remote)
  const { random } = options
  const services: Service[] = []
  const open: Partial<Record<MailListenerName | 'lmtp', MailListener>> = {}
  const add = (service: Listening, listen: readonly Asked[]) => {
    services.push(service)
    for (const [index, { name, ...at }] of listen.entries()) {
      open[name] = 'path' in at ? at : { ...at, port: service.ports[index] ?? 0 }
    }
  }
  try {
    add(await startSmtp({ ...common, ...desk, random, domains, listen: smtp }), smtp)
    add(await startImap({ ...common, account, compress, metadata, listen: imap }), imap)
    add(await startPop3({ ...common, account, listen: pop3 }), pop3)
    add(await startLmtp({ ...common, ...desk, random, listen: lmtp }), lmtp)
  } catch (error) {
    await stopAll(services)
    throw error
  }
  log.info('mail server listens', { listeners: open })
  return {
    listeners: open,
    endLogins: (user, credentials, reason) => logins.end(user, credentials, reason),
    stop: () => {
      stopping.abort()
      return stopAll(services)
    },
  }
}

type Asked = MailListener & { readonly name: MailListenerName | 'lmtp' }
type Listening = Service & { readonly ports: readonly number[] }

function asked(options: MailServerOptions, names: readonly MailListenerName[]): Asked[] {
  return names.flatMap(name => {
    const listener = options.listeners[name]
    return listener === undefined ? [] : [{ name, ...listener, security: securityOf[name] }]
  })
}
