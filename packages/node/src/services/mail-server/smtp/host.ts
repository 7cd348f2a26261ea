/** The sockets of submission and of LMTP: who comes in by a door gets a session of the SMTP library. */
import type { Clock } from '../../../base/clock.ts'
import type { Service } from '../../../base/lifecycle.ts'
import type { Log } from '../../../base/log.ts'
import { Admission, type ListenAt, openDoors, secureContextOf, type Visitor } from '../door.ts'
import type { Certificate } from '../tls/certificate.ts'
import { hearOut } from './half-closed.ts'
import type { SubmissionServer } from './library.ts'
import type { SmtpLimits } from './limits.ts'
import { connectionTooMany, replies } from './replies.ts'
import { Session, type Sessions } from './sessions.ts'

export interface SmtpService extends Service {
  /** The real ports, in the order of `listen`; 0 for a Unix socket. */
  readonly ports: readonly number[]
}

interface HostOptions {
  readonly listen: readonly ListenAt[]
  readonly certificate: Certificate
  readonly limits: SmtpLimits
  readonly sessions: Sessions
  readonly serverFor: (visitor: Visitor) => SubmissionServer
  /** Who has not logged in after `loginMsMax` goes. */
  readonly needsLogin: boolean
  readonly clock: Clock
  readonly log: Log
}

/**
 * Resolves when all of `listen` is open. `stop` lets letters that have come in full get their answer.
 *
 * @throws OperatingError when a port cannot be had; none is open then.
 */
export async function hostSmtp(options: HostOptions): Promise<SmtpService> {
  const { limits, log, sessions } = options
  const doors = await openDoors(options.listen, {
    admission: new Admission(limits),
    handshakeMsMax: limits.handshakeMsMax,
    secureContext: secureContextOf(options.certificate),
    full: connectionTooMany,
    allowHalfOpen: true,
    log,
    onVisitor: visitor => welcome(visitor, options),
  })
  let stopping: Promise<void> | undefined
  const stop = () => {
    for (const door of doors) door.close()
    stopping ??= sessions.stop(limits.stopMsMax)
    return stopping
  }
  return { ports: doors.map(door => door.port), stop }
}

function welcome(visitor: Visitor, { clock, limits, needsLogin, sessions, serverFor }: HostOptions): void {
  const server = serverFor(visitor)
  server.admit(visitor.socket, id => {
    const session = new Session({ id, server, ...visitor })
    sessions.open(id, session)
    hearOut(visitor.socket, session, clock)
    if (!needsLogin) return
    clock.sleep(limits.loginMsMax, session.gone.signal).then(
      () => {
        if (session.login === undefined) session.end(replies.loginTooSlow)
      },
      () => undefined,
    )
  })
}
