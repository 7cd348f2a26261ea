import { describe, expect, it } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { type StreamRig, streamDialerContract } from '../contract/stream.ts'
import { tcpTransport } from '../tcp/index.ts'
import type { Connection } from '../transport.ts'
import { pipeCommand, pipeUrl } from './command.ts'
import { pipeDialer } from './index.ts'

const signal = new AbortController().signal
const tcp = tcpTransport({ clock: systemClock })
const dialer = pipeDialer({ clock: systemClock })
const quoted = (program: string, ...args: string[]) => pipeUrl([program, ...args].map(word => `'${word}'`).join(' '))

/** The helper puts its standard input and output onto a socket, whose other end the test holds. */
const helper = (port: string) =>
  `const s = require("net").connect(${port}, "127.0.0.1"); process.stdin.pipe(s); s.pipe(process.stdout);` +
  's.on("error", () => process.exit()); process.stdout.on("error", () => s.destroy())'

streamDialerContract('pipe', async (): Promise<StreamRig> => {
  const listener = await tcp.listen(new URL('tcp://127.0.0.1:0'), { signal })
  const at = quoted(process.execPath, '-e', helper(listener.at.port))
  const far = async (): Promise<Connection> => {
    for await (const connection of listener) return connection
    throw new Error('the listener ended')
  }
  return {
    dialer,
    nobody: pipeUrl('/nonexistent/program'),
    async pair() {
      const [near, other] = await Promise.all([dialer.dial(at, { signal }), far()])
      return { near, far: other, at }
    },
    close: () => listener.close(),
  }
})

describe('pipe', () => {
  it('kills a program that does not end with its input', async () => {
    const stubborn = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log(process.pid)'
    const connection = await dialer.dial(quoted(process.execPath, '-e', stubborn), { signal })
    const pid = await firstNumber(connection)
    await connection.close()
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })

  it('runs no shell: words are words', async () => {
    const show = 'console.log(JSON.stringify(process.argv.slice(1)))'
    const url = pipeUrl(`'${process.execPath}' -e '${show}' -- $HOME "two words" ; '' a"b c"d`)
    const connection = await dialer.dial(url, { signal })
    const chunks: Uint8Array[] = []
    for await (const chunk of connection.read()) chunks.push(chunk)
    expect(JSON.parse(Buffer.concat(chunks).toString())).toEqual(['$HOME', 'two words', ';', '', 'ab cd'])
    await connection.close()
  })

  it('tells the program, but not its arguments', async () => {
    const connection = await dialer.dial(quoted(process.execPath, '-e', '"secret"'), { signal })
    expect(connection.remote).not.toContain('secret')
    await connection.close()
  })

  it.each(['', '  ', "'open", 'a"b', 'a\nb', "''"])('%j is no command', line => {
    expect(() => pipeCommand(pipeUrl(line))).toThrow(expect.objectContaining({ code: 'bad-address' }))
  })
})

async function firstNumber(connection: Connection): Promise<number> {
  for await (const chunk of connection.read()) return Number(Buffer.from(chunk).toString())
  throw new Error('the program said nothing')
}
