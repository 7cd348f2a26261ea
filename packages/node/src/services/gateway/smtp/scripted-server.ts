/** For tests: a mail server that answers as it is told, and keeps what it was sent. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { MailServer } from './session.ts'

/** By the beginning of a command in capitals; `.` is the end of a letter. A function is called each time. */
export type Script = Readonly<Record<string, string | ((line: string, socket: Socket) => string)>>

const usual: Script = {
  GREETING: '220 hello',
  EHLO: '250-server\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 10000000',
  LHLO: '250-server\r\n250 PIPELINING',
  HELO: '250 server',
  MAIL: '250 2.1.0 ok',
  RCPT: '250 2.1.5 ok',
  DATA: '354 go',
  '.': '250 2.0.0 taken',
  QUIT: '221 bye',
}

export interface ScriptedServer {
  readonly port: number
  readonly server: MailServer
  /** Commands as they came. */
  readonly lines: string[]
  /** Letters as they came, dots and all. */
  readonly letters: string[]
}

export async function scriptedServer(script: Script = {}, traits: Partial<MailServer> = {}): Promise<ScriptedServer> {
  const all: Script = { ...usual, ...script }
  const lines: string[] = []
  const letters: string[] = []
  const sockets = new Set<Socket>()
  const listener = createServer(socket => {
    sockets.add(socket.on('error', () => undefined))
    converse(socket, all, { lines, letters })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    listener.close()
  })
  const { port } = listener.address() as AddressInfo
  const server: MailServer = {
    ...{ protocol: 'smtp', at: { host: '127.0.0.1', port }, url: `smtp://127.0.0.1:${port}`, tls: 'none' },
    ...{ ca: null, user: null, password: async () => '' },
    ...traits,
  }
  return { port, server, lines, letters }
}

function converse(socket: Socket, script: Script, { lines, letters }: Pick<ScriptedServer, 'lines' | 'letters'>): void {
  let text = ''
  let inLetter = false
  const answer = (key: string, line: string) => {
    const found = script[key]
    const reply = typeof found === 'function' ? found(line, socket) : (found ?? '502 5.5.1 unknown')
    if (reply !== '' && !socket.destroyed) socket.write(`${reply}\r\n`)
    return reply
  }
  answer('GREETING', '')
  socket.on('data', chunk => {
    text += chunk.toString('latin1')
    for (;;) {
      const end = inLetter ? text.indexOf('\r\n.\r\n') : text.indexOf('\r\n')
      if (end === -1) return
      const line = text.slice(0, inLetter ? end + 2 : end)
      text = text.slice(end + (inLetter ? 5 : 2))
      if (inLetter) {
        letters.push(line)
        inLetter = false
        answer('.', '')
      } else {
        lines.push(line)
        const reply = answer(line.split(' ', 1)[0]?.toUpperCase() ?? '', line)
        inLetter = line === 'DATA' && reply.startsWith('354')
      }
    }
  })
}
