/** What comes before a letter: greeting, extensions, TLS and login (RFC 5321 §3.1, 2033, 3207, 4954). */
import { OperatingError } from '../../../base/errors.ts'
import { smtpClientLimits } from '../limits.ts'
import { type Reply, textOf } from './reply.ts'
import { type ServerAddress, Wire, type WireOptions } from './wire.ts'

export interface MailServer {
  readonly protocol: 'smtp' | 'lmtp'
  readonly at: ServerAddress
  /** For people: without a password. */
  readonly url: string
  /** `implicit`: from the first byte; `required`: by STARTTLS, or nothing; `optional`: if it is offered, unchecked. */
  readonly tls: 'implicit' | 'required' | 'optional' | 'none'
  /** PEM, instead of the system's authorities. */
  readonly ca: string | null
  readonly user: string | null
  /** Read at each connection, so that a changed password needs no restart. */
  readonly password: () => Promise<string>
}

export interface Session {
  readonly wire: Wire
  /** In capitals, with their parameters. */
  readonly extensions: ReadonlyMap<string, string>
}

/** @throws OperatingError, retry `later`: nothing can be handed over there now. */
export async function openSession(server: MailServer, name: string, options: WireOptions): Promise<Session> {
  const wire = await Wire.connect(server.at, options)
  try {
    const checks = { host: 'host' in server.at ? server.at.host : 'localhost', ca: server.ca }
    if (server.tls === 'implicit') await wire.secure({ ...checks, verify: true })
    expectCode(await wire.reply(smtpClientLimits.greetingMsMax), 220)
    let extensions = await greet(wire, server, name)
    if (server.tls === 'required' || (server.tls === 'optional' && extensions.has('STARTTLS'))) {
      if (!extensions.has('STARTTLS')) throw refusal('offers no TLS, and this way out asks for it')
      expectCode(await command(wire, 'STARTTLS'), 220)
      // RFC 3207 §6: what somebody in the middle put behind it is not for us.
      if (wire.hasNews) throw refusal('sent more than its answer to STARTTLS')
      await wire.secure({ ...checks, verify: server.tls === 'required' })
      extensions = await greet(wire, server, name)
    }
    if (server.user !== null) await logIn(wire, server, extensions)
    return { wire, extensions }
  } catch (error) {
    wire.close()
    throw error
  }
}

async function greet(wire: Wire, { protocol }: MailServer, name: string): Promise<ReadonlyMap<string, string>> {
  const reply = await command(wire, `${protocol === 'lmtp' ? 'LHLO' : 'EHLO'} ${name}`)
  if (reply.code >= 500 && protocol === 'smtp') {
    expectCode(await command(wire, `HELO ${name}`), 250)
    return new Map()
  }
  expectCode(reply, 250)
  return new Map(
    reply.lines.slice(1).map(line => {
      const [keyword = '', ...parameters] = line.trim().split(/ +/)
      return [keyword.toUpperCase(), parameters.join(' ')]
    }),
  )
}

/** RFC 4616 PLAIN, else the older LOGIN. */
async function logIn(wire: Wire, server: MailServer, extensions: ReadonlyMap<string, string>): Promise<void> {
  const methods = (extensions.get('AUTH') ?? '').toUpperCase().split(' ')
  const user = server.user ?? ''
  const password = await server.password()
  const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64')
  if (methods.includes('PLAIN')) {
    expectCode(await command(wire, `AUTH PLAIN ${base64(`\0${user}\0${password}`)}`), 235)
  } else if (methods.includes('LOGIN')) {
    expectCode(await command(wire, 'AUTH LOGIN'), 334)
    expectCode(await command(wire, base64(user)), 334)
    expectCode(await command(wire, base64(password)), 235)
  } else throw refusal('offers no login that is known here (PLAIN, LOGIN)')
}

async function command(wire: Wire, line: string): Promise<Reply> {
  await wire.send(`${line}\r\n`)
  return wire.reply(smtpClientLimits.commandMsMax)
}

function expectCode(reply: Reply, code: number): void {
  if (reply.code !== code) throw refusal(`answered ${textOf(reply)}`)
}

function refusal(what: string): OperatingError {
  return new OperatingError(`The server ${what}.`, { code: 'server-refuses', retry: 'later' })
}
