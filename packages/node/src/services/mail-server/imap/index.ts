/**
 * The IMAP server: `@posthorn/imap` speaks, `machines.ts` listens. Connections are never dropped without need: Delta
 * Chat waits up to a minute before it comes back.
 */
import { type ImapEvent, type ImapLimits, imapConnection } from '@posthorn/imap'
import { messageOf } from '../../../base/errors.ts'
import type { Log } from '../../../base/log.ts'
import { nextTurn } from '../../../base/turn.ts'
import { hostMachines, type MachineOptions, type MachineService } from '../machines.ts'
import { type ImapSocketLimits, imapSocketLimits } from './limits.ts'

export interface ImapOptions extends MachineOptions {
  /** Offer compression to a client from this address? Where there is no slow line it only costs. */
  readonly compress: (remote: string) => boolean
  /** Server annotations (RFC 5464), shown in Delta Chat's connectivity page; null for what there is not. */
  readonly metadata: (entry: string) => string | null
  readonly limits?: Partial<ImapSocketLimits>
  readonly protocolLimits?: Partial<ImapLimits>
}

/** @throws OperatingError when a port cannot be had; none is open then. */
export function startImap(options: ImapOptions): Promise<MachineService> {
  const { clock, compress, log, metadata, protocolLimits, serverName } = options
  const limits = { ...imapSocketLimits, ...options.limits }
  return hostMachines({
    ...options,
    limits,
    inflate: limits,
    full: '* BYE Too many connections; try again in a moment.\r\n',
    machine: ({ logIn, plaintextLogin, remote, secure }) =>
      imapConnection({
        authenticate: logIn,
        plaintextLogin,
        secure,
        starttls: !secure,
        compress: compress(remote),
        now: () => clock.now(),
        breathe: nextTurn,
        metadata,
        serverName,
        onEvent: event => note(log, event, remote),
        ...(protocolLimits === undefined ? {} : { limits: protocolLimits }),
      }),
  })
}

function note(log: Log, event: ImapEvent, remote: string): void {
  switch (event.kind) {
    case 'login':
      log.info('IMAP login', { remote, address: event.address })
      break
    case 'login-failed':
      // Without the name: people type passwords into the wrong field.
      log.debug('IMAP login failed', { remote, reason: event.reason })
      break
    case 'limit':
      log.info('an IMAP client broke a limit', { remote, limit: event.limit })
      break
    case 'error':
      log.error('an IMAP command failed', { remote, error: messageOf(event.error) })
      break
  }
}
