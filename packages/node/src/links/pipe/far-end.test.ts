import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Clock, systemClock } from '../../base/clock.ts'
import { type StreamRig, streamDialerContract } from '../contract/stream.ts'
import type { Connection, Listener } from '../transport.ts'
import { pipeUrl } from './command.ts'
import { farEndListener, reachFarEnd } from './far-end.ts'
import { pipeDialer } from './index.ts'

const signal = new AbortController().signal

async function listen(clock: Clock = systemClock): Promise<{ path: string; listener: Listener }> {
  const folder = await mkdtemp(join(tmpdir(), 'posthorn-far-end-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'call.sock')
  return { path, listener: await farEndListener(path, clock) }
}

async function firstOf(listener: Listener): Promise<Connection> {
  for await (const connection of listener) return connection
  throw new Error('the listener ended')
}

/** What `posthorn pipe` does, in a line. */
const relay = (path: string) =>
  `const s = require("net").connect(${JSON.stringify(path)}); s.write("\\n"); process.stdin.pipe(s); ` +
  's.pipe(process.stdout); s.on("error", () => process.exit()); process.stdout.on("error", () => s.destroy())'

streamDialerContract('the far end of a pipe', async (): Promise<StreamRig> => {
  const { path, listener } = await listen()
  const dialer = pipeDialer({ clock: systemClock })
  const at = pipeUrl(`'${process.execPath}' -e '${relay(path)}'`)
  return {
    dialer,
    nobody: pipeUrl('/nonexistent/program'),
    async pair() {
      const [near, far] = await Promise.all([dialer.dial(at, { signal }), firstOf(listener)])
      return { near, far, at }
    },
    close: () => listener.close(),
  }
})

describe('the far end of a pipe', () => {
  it('is for the owner only, and takes the place of what a crash left', async () => {
    const { path, listener } = await listen()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await listener.close()
    await writeFile(path, 'left over')
    const again = await farEndListener(path, systemClock)
    expect((await stat(path)).isSocket()).toBe(true)
    await again.close()
  })

  it.each([
    ['192.0.2.7', 'pipe:192.0.2.7', '192.0.2.7'],
    ['2001:db8::1', 'pipe:2001:db8::1', '2001:db8:0:0::/64'],
    ['', 'pipe:stdin', 'pipe'],
    ['\x1b[2J rm -rf', 'pipe:stdin', 'pipe'],
  ])('knows a caller from %j', async (address, remote, origin) => {
    const { path, listener } = await listen()
    const [socket, far] = await Promise.all([reachFarEnd(path, address), firstOf(listener)])
    expect(far).toMatchObject({ remote, origin })
    socket?.destroy()
    await Promise.all([far.close(), listener.close()])
  })

  it('says when nobody is there', async () => {
    const { path, listener } = await listen()
    await listener.close()
    expect(await reachFarEnd(path, '')).toBeUndefined()
  })

  it('who says all and waits still hears the answer', async () => {
    const { path, listener } = await listen()
    const [socket, far] = await Promise.all([reachFarEnd(path, ''), firstOf(listener)])
    socket?.end('the question')
    for await (const chunk of far.read()) expect(Buffer.from(chunk).toString()).toBe('the question')
    await far.write(Buffer.from('the answer'))
    const heard = once(socket ?? process, 'data')
    await far.close()
    expect(String((await heard)[0])).toBe('the answer')
    await listener.close()
  })

  it.each([
    ['a line that never ends', Buffer.alloc(100_000, 'x')],
    ['nothing', undefined],
  ])('%s is hung up on, and others are served', async (_, bytes) => {
    let timeIsUp: () => void = () => {}
    const late = new Promise<void>(resolve => {
      timeIsUp = resolve
    })
    const clock: Clock = { now: () => 0, sleep: () => (bytes === undefined ? late : new Promise(() => {})) }
    const { path, listener } = await listen(clock)
    const socket = connect(path).on('error', () => {})
    await once(socket, 'connect')
    if (bytes !== undefined) socket.write(bytes)
    const [other, far] = await Promise.all([reachFarEnd(path, ''), firstOf(listener)])
    const closed = once(socket, 'close')
    timeIsUp()
    await closed
    other?.destroy()
    void far.close()
    await listener.close()
  })
})
