/**
 * What we need of the `smtp-server` library (3.21) that its options do not offer. It uses public members only; each of
 * these has a test that fails when the library changes.
 */
import type { Socket } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { present } from '../../../base/assert.ts'
import type { Reply } from './replies.ts'

type Connection = SMTPServer['connections'] extends Set<infer Member> ? Member : never

const enhancedCode = /^[245]\.\d{1,3}\.\d{1,3} /

/** Serves sockets that somebody else accepted (and secured, with `secured`): it never listens itself. */
export class SubmissionServer extends SMTPServer {
  readonly #offersLoginBeforeTls: boolean
  readonly #connections = new Map<string, Connection>()

  constructor(options: SMTPServerOptions, offersLoginBeforeTls: boolean) {
    super(options)
    this.#offersLoginBeforeTls = offersLoginBeforeTls
  }

  /** Begins a session. @param onSession told its id, before any handler is called. */
  admit(socket: Socket, onSession: (sessionId: string) => void): void {
    this.connect(socket, {})
    const connection = present([...this.connections].at(-1), 'the connection just made')
    this.#connections.set(connection.id, connection)
    this.#mendReplies(connection)
    onSession(connection.id)
    // The library waits 100 ms for spammers that talk before the greeting. Those have no password here.
    const greet = connection.connectionReady.bind(connection)
    connection.connectionReady = () => undefined
    greet()
  }

  /** Says it and, as the code is 421, closes. */
  end(sessionId: string, reply: Reply): void {
    this.#connections.get(sessionId)?.send(reply.code, reply.text)
  }

  forget(sessionId: string): void {
    this.#connections.delete(sessionId)
  }

  #mendReplies(connection: Connection): void {
    const send = connection.send.bind(connection)
    connection.send = (code, data, context) => {
      // Our own words carry their enhanced code; the library would put a guess of its own before it.
      if (typeof data === 'string' && enhancedCode.test(data)) return send(code, data, false)
      if (Array.isArray(data) && !this.#offersLoginBeforeTls && !connection.session.secure) {
        const offered = data.filter(line => !line.startsWith('AUTH '))
        return send(code, offered, context)
      }
      return send(code, data, context)
    }
  }
}
