/**
 * Mail submission (RFC 6409) for the people of this node.
 *
 * It promises: `250` to a letter means that the desk has it in custody, durable, for every recipient. Nobody hands in
 * anything without a login, nor under another address than their own. What is at fault with a letter is said at once
 * and for good (5xx, in words for people); what is at fault with this node is never blamed on the letter: the
 * connection ends, and the client is kept from the door until the node can store again (`storage-gate.ts`). Hostile
 * bytes end with a refusal or a closed connection, and the others are served on.
 */
import type { SMTPServerOptions } from 'smtp-server'
import type { Clock } from '../../../base/clock.ts'
import { messageOf } from '../../../base/errors.ts'
import type { Log } from '../../../base/log.ts'
import type { Spool } from '../../../stores/spool/spool.ts'
import type { Authenticate } from '../authenticate.ts'
import type { ListenAt, Visitor } from '../door.ts'
import type { OpenLogins } from '../open-logins.ts'
import type { SubmissionDesk } from '../submission.ts'
import type { Certificate } from '../tls/certificate.ts'
import { handlers } from './handlers.ts'
import { hostSmtp, type SmtpService } from './host.ts'
import { SubmissionServer } from './library.ts'
import { type SmtpLimits, smtpLimits } from './limits.ts'
import { replies } from './replies.ts'
import { Sessions } from './sessions.ts'
import { StorageGate } from './storage-gate.ts'

export interface SmtpOptions {
  readonly desk: SubmissionDesk
  readonly authenticate: Authenticate
  readonly logins: OpenLogins
  readonly spool: Pick<Spool, 'scratch'>
  readonly listen: readonly ListenAt[]
  readonly certificate: Certificate
  /** What the server calls itself: our domain. */
  readonly serverName: string
  /** The domains whose mail ends here; a person may send as themselves under each of them. */
  readonly domains: readonly string[]
  /** May a client from this address log in without TLS? */
  readonly plaintextLogin: (remote: string) => boolean
  readonly clock: Clock
  readonly random: (length: number) => Uint8Array
  readonly log: Log
  readonly limits?: Partial<SmtpLimits>
}

/**
 * Resolves when all of `listen` is open. `stop` lets letters that have come in full get their answer.
 *
 * @throws OperatingError when a port cannot be had; none is open then.
 */
export function startSmtp(options: SmtpOptions): Promise<SmtpService> {
  const limits = { ...smtpLimits, ...options.limits }
  const sessions = new Sessions(options.clock)
  const servers = new Servers(options, limits, sessions)
  return hostSmtp({ ...options, limits, sessions, serverFor: visitor => servers.for(visitor), needsLogin: true })
}

/** The library decides some things per server; so there is one for each kind of visitor. */
class Servers {
  readonly #options: SmtpOptions
  readonly #limits: SmtpLimits
  readonly #handlers: SMTPServerOptions
  readonly #made = new Map<string, SubmissionServer>()

  constructor(options: SmtpOptions, limits: SmtpLimits, sessions: Sessions) {
    this.#options = options
    this.#limits = limits
    const gate = new StorageGate({ clock: options.clock, limits, trial: size => storageTrial(options, size) })
    this.#handlers = handlers({ ...options, limits, sessions, gate })
  }

  for(visitor: Visitor): SubmissionServer {
    const plaintext = this.#options.plaintextLogin(visitor.remote)
    const key = `${visitor.secure ? 'tls' : 'starttls'} ${plaintext ? 'plaintext' : ''}`
    const server = this.#made.get(key) ?? this.#make(visitor.secure, plaintext)
    this.#made.set(key, server)
    return server
  }

  #make(secure: boolean, plaintext: boolean): SubmissionServer {
    const { certificate, serverName, log } = this.#options
    const limits = this.#limits
    const server = new SubmissionServer(
      {
        ...this.#handlers,
        name: serverName,
        banner: 'Posthorn',
        heloResponse: '%s',
        logger: false,
        key: certificate.key,
        cert: certificate.cert,
        minVersion: 'TLSv1.2',
        // The door has done the handshake of a TLS port; STARTTLS is the library's.
        secure,
        secured: secure,
        authMethods: ['PLAIN', 'LOGIN'],
        authRequiredMessage: replies.loginFirst.text,
        allowInsecureAuth: plaintext,
        size: limits.messageBytesMax,
        // Headers in UTF-8 (RFC 6532) are welcome; addresses are judged one by one, and must be ASCII.
        hideSMTPUTF8: false,
        hideDSN: false,
        hideENHANCEDSTATUSCODES: false,
        disableReverseLookup: true,
        // Its strict reading refuses domains with `_`, which Delta Chat takes; we read addresses ourselves.
        lenientAddressParsing: true,
        disabledCommands: ['WIZ', 'SHELL', 'KILL', 'XCLIENT', 'XFORWARD'],
        maxCommandLength: limits.commandBytesMax,
        socketTimeout: limits.idleMsMax,
      },
      plaintext,
    )
    server.on('error', error => log.debug('a submission connection failed', { error: messageOf(error) }))
    return server
  }
}

const trialChunkBytes = 128 * 1024

/** Stores so many bytes of no meaning and throws them away: whether there is room is only known by taking it. */
async function storageTrial({ spool, random, log }: SmtpOptions, sizeBytes: number): Promise<boolean> {
  const chunk = random(trialChunkBytes)
  async function* filling(): AsyncGenerator<Uint8Array> {
    for (let left = sizeBytes; left > 0; left -= chunk.length) yield chunk.subarray(0, left)
  }
  try {
    const scratch = await spool.scratch(filling(), { signal: new AbortController().signal, sizeBytesMax: sizeBytes })
    await scratch.discard()
    log.info('the spool can store again', { sizeBytes })
    return true
  } catch (error) {
    log.warn('the spool still cannot store', { sizeBytes, error: messageOf(error) })
    return false
  }
}
