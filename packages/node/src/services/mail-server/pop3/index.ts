/**
 * The POP3 server: `@posthorn/imap/pop3` speaks, `machines.ts` listens. It shows INBOX; letters leave it only when a
 * client asked for that and ended well.
 */
import { type Pop3Event, type Pop3Limits, pop3Connection } from '@posthorn/imap/pop3'
import { messageOf } from '../../../base/errors.ts'
import type { Log } from '../../../base/log.ts'
import { hostMachines, type MachineOptions, type MachineService, type SocketLimits } from '../machines.ts'
import { pop3SocketLimits } from './limits.ts'

export interface Pop3Options extends MachineOptions {
  readonly limits?: Partial<SocketLimits>
  readonly protocolLimits?: Partial<Pop3Limits>
}

/** @throws OperatingError when a port cannot be had; none is open then. */
export function startPop3(options: Pop3Options): Promise<MachineService> {
  const { clock, log, protocolLimits, serverName } = options
  return hostMachines({
    ...options,
    limits: { ...pop3SocketLimits, ...options.limits },
    full: '-ERR [SYS/TEMP] Too many connections; try again in a moment.\r\n',
    machine: ({ logIn, plaintextLogin, remote, secure }) =>
      pop3Connection({
        authenticate: logIn,
        plaintextLogin,
        secure,
        starttls: !secure,
        now: () => clock.now(),
        serverName,
        onEvent: event => note(log, event, remote),
        ...(protocolLimits === undefined ? {} : { limits: protocolLimits }),
      }),
  })
}

function note(log: Log, event: Pop3Event, remote: string): void {
  switch (event.kind) {
    case 'login':
      log.info('POP3 login', { remote, address: event.address })
      break
    case 'login-failed':
      log.debug('POP3 login failed', { remote, reason: event.reason })
      break
    case 'removed':
      log.info('a POP3 client removed letters', { remote, address: event.address, letters: event.letters })
      break
    case 'limit':
      log.info('a POP3 client broke a limit', { remote, limit: event.limit })
      break
    case 'error':
      log.error('a POP3 command failed', { remote, error: messageOf(event.error) })
      break
  }
}
