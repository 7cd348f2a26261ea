/** Lines through programs: `posthorn pipe` as the far end, for stock `nncp-call`, for us, and under inetd. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatPublicIdentity, parsePublicIdentity } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inboxLetters, sendLetter } from '../support/mail.ts'
import { type Access, introduce as introduceNodes, posthorn, program, TestNode } from '../support/node.ts'
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

const pipeOf = (node: TestNode) => `${process.execPath} ${program} pipe --home ${node.home}`

describe.skipIf(!nncpInstalled)('posthorn pipe as the far end of nncp-call', () => {
  let folder: string
  let camp: TestNode
  let alice: Access
  let bob: NncpNode
  let bobDomain: string
  let campId: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-pipe-'))
    camp = await TestNode.make('camp')
    alice = await camp.addUser('alice')
    bob = await makeNncpNode(folder, 'bob')
    await writeFile(join(folder, 'bob.json'), JSON.stringify(formatPublicIdentity(bob.identity)))
    const added = ['neighbour', 'add', join(folder, 'bob.json'), '--name', 'bob']
    bobDomain = (await camp.run<{ domain: string }>(added)).domain
    const card = await camp.run<{ id: string; nncp: Record<string, string> }>(['card', 'show'])
    campId = card.id
    const identity = parsePublicIdentity(pureSuite, card.nncp)
    const exec = { sendmail: recordingHandle(join(folder, 'calls')) }
    await introduce(bob, { camp: { identity, exec, addrs: { pipe: `|${pipeOf(camp)}` } } })
  })
  afterAll(async () => {
    await camp?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  const letter = (text: string) =>
    `Return-Path: <root@${bobDomain}>\nMessage-ID: <${text}@bob>\nSubject: ${text}\n\n${text}\n`
  const write = (text: string, more = '') =>
    nncp(bob, 'exec', ['-quiet', 'camp', 'sendmail', alice.address], { input: letter(text) + more })
  const arrived = async (text: string) =>
    (await inboxLetters(alice)).filter(found => found.text.includes(`Subject: ${text}\r\n`)).length

  it('to a node that does not run', async () => {
    await write('not running')
    await nncp(bob, 'call', ['-quiet', '-onlinedeadline', '1', 'camp'])
    expect(await packetsIn(bob, campId as never, 'tx')).toEqual([])
    await camp.start()
    await expect.poll(() => arrived('not running'), { timeout: 20_000 }).toBe(1)
  })

  it('to a node that runs, both ways, and large', async () => {
    expect((await stat(join(camp.home, 'call.sock'))).mode & 0o777).toBe(0o600)
    const photo = () => randomBytes(8_000_000).toString('base64').replace(/.{76}/g, '$&\n')
    await write('running', photo())
    await sendLetter(alice, { to: `root@${bobDomain}`, subject: 'fetched', text: `a photo\n${photo()}` })
    await nncp(bob, 'call', ['-quiet', '-onlinedeadline', '1', 'camp'])
    expect(await packetsIn(bob, campId as never, 'tx')).toEqual([])
    await expect.poll(() => arrived('running'), { timeout: 20_000 }).toBe(1)
    await nncp(bob, 'toss', ['-quiet'])
    expect((await recordedCalls(join(folder, 'calls'))).filter(call => call.input.includes('a photo'))).toHaveLength(1)
    const { neighbours } = await camp.run<{ neighbours: { queued: { packets: number } }[] }>(['status'])
    expect(neighbours[0]?.queued.packets).toBe(0)
  })
})

interface Called {
  readonly sent: { readonly packets: number }
  readonly received: { readonly packets: number }
  readonly error?: { readonly code: string }
}

describe('posthorn pipe as the far end of posthorn', () => {
  let here: TestNode
  let there: TestNode
  let alice: Access
  let bob: Access
  let inetd: Server | undefined
  const children = new Set<ChildProcess>()

  beforeAll(async () => {
    here = await TestNode.make('here')
    there = await TestNode.make('there')
    alice = await here.addUser('alice')
    bob = await there.addUser('bob')
    await introduceNodes(here, there)
  })
  afterAll(async () => {
    inetd?.close()
    await Promise.all([...children].map(child => endProcess(child, 'SIGKILL')))
    await Promise.all([here?.remove(), there?.remove()])
  })

  const callTo = async (...addr: string[]) => {
    await here.run(['neighbour', 'add', await there.card(), '--addr', ...addr])
    return here.run<Called>(['call', 'there', '--online-deadline', '1'])
  }
  const has = async (word: string) => (await inboxLetters(bob)).filter(letter => letter.text.includes(word)).length

  it('to a node that does not run, and to one that does', async () => {
    await here.start()
    await sendLetter(alice, { to: bob.address, text: 'before it runs' })
    await here.end()
    expect(await callTo(`|${pipeOf(there)}`)).toMatchObject({ sent: { packets: 1 } })
    await there.start()
    await expect.poll(() => has('before it runs'), { timeout: 20_000 }).toBe(1)
    expect((await callTo(`|${pipeOf(there)}`)).error).toBeUndefined()
    await here.start()
    await sendLetter(alice, { to: bob.address, text: 'while it runs' })
    await expect.poll(() => has('while it runs'), { timeout: 30_000 }).toBe(1)
    await here.end()
  })

  it('under inetd: one socket is input and output, and the caller is known', async () => {
    const exits: (number | null)[] = []
    inetd = createServer({ pauseOnConnect: true }, socket => {
      const child = spawn(process.execPath, [program, 'pipe', '--home', there.home], {
        stdio: [socket, socket, 'ignore'],
        env: { ...process.env, TCPREMOTEIP: socket.remoteAddress },
      })
      children.add(child.on('exit', code => exits.push(code)))
      socket.destroy()
    })
    inetd.listen(0, '127.0.0.1')
    await once(inetd, 'listening')
    const address = inetd.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    await sendLetter(await accessOfStarted(), { to: bob.address, text: 'through inetd' })
    await here.end()
    expect(await callTo(`tcp://127.0.0.1:${port}`)).toMatchObject({ address: `tcp://127.0.0.1:${port}` })
    await expect.poll(() => has('through inetd'), { timeout: 20_000 }).toBe(1)
    await expect.poll(() => exits, { timeout: 20_000 }).toEqual([0])
  })

  /** A letter needs its node to run; it cannot call while its only address leads nowhere. */
  async function accessOfStarted(): Promise<Access> {
    await here.run(['neighbour', 'add', await there.card(), '--addr', 'tcp://127.0.0.1:9'])
    await here.start()
    return alice
  }

  it('strangers and rubbish get nothing, and end', async () => {
    for (const input of ['', 'GET / HTTP/1.0\r\n\r\n', randomBytes(200_000).toString('latin1')]) {
      const done = await posthorn(['pipe', '--home', there.home], input)
      expect(done.stdout).toBe('')
    }
    const nowhere = await posthorn(['pipe', '--home', join(there.home, 'nothing'), '--json'], '')
    expect(nowhere).toMatchObject({ code: 1, stdout: '' })
    expect(nowhere.stderr).toContain('no node here')
  })
})
