/** Live lines with Debian's nncp-daemon and nncp-call, both ways. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatPublicIdentity, parsePublicIdentity } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inboxLetters, sendLetter } from '../support/mail.ts'
import { type Access, TestNode } from '../support/node.ts'
import { endProcess } from '../support/processes.ts'
import {
  introduce,
  makeNncpNode,
  type NncpNode,
  nncp,
  nncpInstalled,
  packetsIn,
  recordedCalls,
  recordingHandle,
} from './nncp.ts'

interface Called {
  readonly sent: { readonly packets: number }
  readonly received: { readonly packets: number }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

const answers = (port: number) =>
  new Promise<boolean>(resolve => {
    const socket = connect(port, '127.0.0.1', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

describe.skipIf(!nncpInstalled)('live lines with stock NNCP', () => {
  let folder: string
  let calls: string
  let posthorn: TestNode
  let ourId: string
  let alice: Access
  let bob: NncpNode
  let bobDomain: string
  let daemon: ChildProcess | undefined
  let daemonPort: number

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-live-'))
    calls = join(folder, 'calls')
    posthorn = await TestNode.make('camp')
    alice = await posthorn.addUser('alice')
    bob = await makeNncpNode(folder, 'bob')
    await writeFile(join(folder, 'bob.json'), JSON.stringify(formatPublicIdentity(bob.identity)))
    bobDomain = (await addBob([])).domain
    await posthorn.start()
    const { listeners } = await posthorn.run<{ listeners: { nncp: { port: number } } }>(['status'])
    const card = await posthorn.run<{ id: string; nncp: Record<string, string> }>(['card', 'show'])
    ourId = card.id
    const identity = parsePublicIdentity(pureSuite, card.nncp)
    const exec = { sendmail: recordingHandle(calls) }
    await introduce(bob, { camp: { identity, exec, addrs: { here: `127.0.0.1:${listeners.nncp.port}` } } })
    daemonPort = await freePort()
  })

  afterAll(async () => {
    await endProcess(daemon, 'SIGKILL')
    await posthorn?.end()
    await posthorn?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  const addBob = (more: readonly string[]) =>
    posthorn.run<{ domain: string }>(['neighbour', 'add', join(folder, 'bob.json'), '--name', 'bob', ...more])
  const letter = (text: string) =>
    `Return-Path: <root@${bobDomain}>\nMessage-ID: <${text}@bob>\nSubject: ${text}\n\n${text}\n`
  const write = (text: string) =>
    nncp(bob, 'exec', ['-quiet', 'camp', 'sendmail', alice.address], { input: letter(text) })
  const arrived = async (text: string) =>
    (await inboxLetters(alice)).filter(found => found.text.includes(`Subject: ${text}\r\n`)).length
  const tossed = async (word: string) => {
    await nncp(bob, 'toss', ['-quiet'])
    return (await recordedCalls(calls)).filter(call => call.input.includes(word)).length
  }
  const call = () => nncp(bob, 'call', ['-quiet', '-onlinedeadline', '1', 'camp'])
  const queued = async () => {
    const { neighbours } = await posthorn.run<{ neighbours: { queued: { packets: number } }[] }>(['status'])
    return neighbours[0]?.queued.packets
  }

  it('nncp-call brings its packets and fetches ours', async () => {
    await write('by-nncp-call')
    const photo = randomBytes(2_000_000).toString('base64').replace(/.{76}/g, '$&\n')
    await sendLetter(alice, { to: `root@${bobDomain}`, subject: 'fetched', text: `a photo\n${photo}` })
    await call()
    await expect.poll(() => arrived('by-nncp-call'), { timeout: 20_000 }).toBe(1)
    expect(await packetsIn(bob, ourId as never, 'tx')).toEqual([])
    expect(await queued()).toBe(0)
    expect(await tossed('a photo')).toBe(1)
  })

  it('a second call finds nothing to do', async () => {
    await call()
    expect(await arrived('by-nncp-call')).toBe(1)
    expect(await packetsIn(bob, ourId as never, 'rx')).toEqual([])
  })

  it('posthorn call does the same with nncp-daemon', async () => {
    daemon = spawn('nncp-daemon', ['-cfg', bob.configFile, '-quiet', '-bind', `127.0.0.1:${daemonPort}`], {
      stdio: 'ignore',
    })
    await expect.poll(() => answers(daemonPort), { timeout: 20_000 }).toBe(true)
    await posthorn.end()
    await addBob(['--addr', `tcp://127.0.0.1:${daemonPort}`])
    await write('by-our-call')
    const report = await posthorn.run<Called>(['call', 'bob', '--online-deadline', '1'])
    expect(report).toMatchObject({ sent: { packets: 0 }, received: { packets: 1 } })
    expect(await packetsIn(bob, ourId as never, 'tx')).toEqual([])
    await posthorn.start()
    await expect.poll(() => arrived('by-our-call'), { timeout: 20_000 }).toBe(1)
  })

  it('a running node calls nncp-daemon by itself when something waits for it', async () => {
    await sendLetter(alice, { to: `root@${bobDomain}`, subject: 'by itself', text: 'by itself' })
    await expect.poll(() => queued(), { timeout: 30_000 }).toBe(0)
    expect(await tossed('by itself')).toBe(1)
  })

  it('a command can be the line: nncp-daemon on standard input and output', async () => {
    await endProcess(daemon, 'SIGKILL')
    await posthorn.end()
    await addBob(['--addr', `|nncp-daemon -cfg ${bob.configFile} -quiet -ucspi`])
    await write('through-a-pipe')
    const report = await posthorn.run<Called>(['call', 'bob', '--online-deadline', '1'])
    expect(report).toMatchObject({ received: { packets: 1 } })
    await posthorn.start()
    await expect.poll(() => arrived('through-a-pipe'), { timeout: 20_000 }).toBe(1)
  })
})
