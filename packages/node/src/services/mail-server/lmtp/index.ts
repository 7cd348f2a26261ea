/**
 * LMTP (RFC 2033): letters from a mail server, fetchmail or script on this machine for the people of this node.
 *
 * It promises: a recipient's `250` means that the letter is durable in their mailbox; recipients fail one by one, and
 * the sending server keeps the letter for those that failed. It is no relay: addresses elsewhere are refused. Nobody
 * logs in, so it listens on loopback or on a Unix socket only, and only when the operator asked for it.
 */
import { messageOf } from '../../../base/errors.ts'
import type { ListenPlace } from '../door.ts'
import { hostSmtp, type SmtpService } from '../smtp/host.ts'
import type { SmtpOptions } from '../smtp/index.ts'
import { SubmissionServer } from '../smtp/library.ts'
import { type SmtpLimits, smtpLimits } from '../smtp/limits.ts'
import { Sessions } from '../smtp/sessions.ts'
import { lmtpHandlers } from './handlers.ts'

export interface LmtpOptions
  extends Pick<SmtpOptions, 'desk' | 'spool' | 'certificate' | 'serverName' | 'random' | 'clock' | 'log'> {
  readonly listen: readonly ListenPlace[]
  readonly limits?: Partial<SmtpLimits>
}

/** @throws OperatingError when a port or socket cannot be had; none is open then. */
export function startLmtp(options: LmtpOptions): Promise<SmtpService> {
  const limits = { ...smtpLimits, ...options.limits }
  const sessions = new Sessions(options.clock)
  const server = new SubmissionServer(
    {
      ...lmtpHandlers({ ...options, domain: options.serverName, limits, sessions }),
      lmtp: true,
      name: options.serverName,
      banner: 'Posthorn',
      heloResponse: '%s',
      logger: false,
      size: limits.messageBytesMax,
      authOptional: true,
      hideENHANCEDSTATUSCODES: false,
      disableReverseLookup: true,
      lenientAddressParsing: true,
      disabledCommands: ['AUTH', 'STARTTLS', 'WIZ', 'SHELL', 'KILL', 'XCLIENT', 'XFORWARD'],
      maxCommandLength: limits.commandBytesMax,
      socketTimeout: limits.idleMsMax,
    },
    false,
  )
  server.on('error', error => options.log.debug('an LMTP connection failed', { error: messageOf(error) }))
  const listen = options.listen.map(place => ({ ...place, security: 'plain' as const }))
  return hostSmtp({ ...options, listen, limits, sessions, serverFor: () => server, needsLogin: false })
}
