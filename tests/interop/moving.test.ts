/** A stock NNCP node moves in, with what waits in its spool, and out again; neighbours are stock NNCP all the while. */
import { type ChildProcess, spawn } from 'node:child_process'
import { access, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatPublicIdentity, parsePublicIdentity } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inboxLetters, sendLetter } from '../support/mail.ts'
import { type Access, posthorn, TestNode } from '../support/node.ts'
import { endProcess } from '../support/processes.ts'
import { makeStick, sync } from '../support/stick.ts'
import {
  introduce,
  makeNncpNode,
  type NncpNode,
  nncp,
  nncpInstalled,
  nncpKeys,
  packetsIn,
  recordedCalls,
  recordingHandle,
} from './nncp.ts'

interface Imported {
  readonly node: { readonly id: string; readonly domain: string | null }
  readonly outcome: string
  readonly neighbours: readonly { name: string; was: string; addresses: string[]; via: string[]; outcome: string }[]
  readonly notes: readonly { readonly what: string; readonly why: string }[]
  readonly spool: {
    readonly outgoing: { readonly packets: number }
    readonly incoming: { readonly packets: number }
    readonly begun: { readonly packets: number }
    readonly seen: number
    readonly present: number
    readonly removed: number
    readonly bad: readonly unknown[]
    readonly left: Readonly<Record<string, number>>
  } | null
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** NNCP asks for passphrases on a terminal only: `script` is one. */
async function atTerminal(command: string, lines: readonly string[]): Promise<void> {
  const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
  let rest = [...lines]
  child.stdout.on('data', (chunk: Buffer) => {
    // One line for each question.
    if (/assphrase:\s*$/.test(chunk.toString()) && rest.length > 0) {
      child.stdin.write(`${rest[0]}\n`)
      rest = rest.slice(1)
    }
  })
  const code = await new Promise<number | null>(resolve => child.once('close', resolve))
  child.stdin.destroy()
  if (code !== 0) throw new Error(`${command} ended with ${code}`)
}

/** A home that is not there yet. */
async function importInto(home: string, args: readonly string[], input = ''): Promise<Imported> {
  const done = await posthorn(['import', ...args, '--home', home, '--json'], input)
  if (done.code !== 0) throw new Error(`import ended with ${done.code}: ${done.stderr}${done.stdout}`)
  return JSON.parse(done.stdout) as Imported
}

describe.skipIf(!nncpInstalled)('an NNCP node moves in', () => {
  let folder: string
  let stick: Awaited<ReturnType<typeof makeStick>>
  let camp: NncpNode
  let bob: NncpNode
  let carol: NncpNode
  let moved: TestNode | undefined
  let alice: Access
  let domain: string
  let home: string

  const callsOf = (node: NncpNode) => recordedCalls(join(folder, `calls-${node.name}`))
  const exec = (node: NncpNode) => ({ sendmail: recordingHandle(join(folder, `calls-${node.name}`)) })
  const letter = (name: string) => `Message-ID: <${name}@test>\nSubject: ${name}\n\n${name}\n`

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-moving-'))
    stick = await makeStick()
    home = join(folder, 'home')
    camp = await makeNncpNode(folder, 'camp')
    bob = await makeNncpNode(folder, 'bob')
    carol = await makeNncpNode(folder, 'carol')
    domain = `camp-${camp.id.slice(0, 16).toLowerCase()}.nncp.alt`
    await introduce(camp, {
      'Bob.Smith': {
        identity: bob.identity,
        exec: exec(camp),
        addrs: { lan: '127.0.0.1:1', mesh: 'yggdrasil:bob-pub;myprv;peer' },
        calls: [{ cron: '*/5 * * * *' }],
      },
      carol: { identity: carol.identity, via: ['Bob.Smith'] },
    })
    await introduce(bob, { camp: { identity: camp.identity, exec: exec(bob) }, carol: { identity: carol.identity } })
    await introduce(carol, { camp: { identity: camp.identity, exec: exec(carol) }, bob: { identity: bob.identity } })

    // What camp has not sent yet, has sent on to nobody yet, and has not opened yet.
    await nncp(camp, 'exec', ['-quiet', 'Bob.Smith', 'sendmail', 'root@bob'], { input: letter('waits for bob') })
    await nncp(camp, 'exec', ['-quiet', 'carol', 'sendmail', 'root@carol'], { input: letter('waits for carol') })
    await nncp(bob, 'exec', ['-quiet', 'camp', 'sendmail', `alice@${domain}`], { input: letter('waits for alice') })
    await nncp(bob, 'exec', ['-quiet', '-nice', 'F', 'camp', 'sendmail', 'x'], { input: 'tossed before' })
    await nncp(bob, 'xfer', ['-quiet', '-mkdir', '-tx', stick.path])
    await nncp(camp, 'xfer', ['-quiet', '-rx', stick.path])
    await nncp(camp, 'toss', ['-quiet', '-seen', '-nice', 'F'])
    expect(await packetsIn(camp, bob.id, 'rx')).toHaveLength(1)
    expect(await packetsIn(camp, bob.id, 'tx')).toHaveLength(2)
  })

  afterAll(async () => {
    await moved?.remove()
    await stick?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  it('a dry run says what would be done, and makes nothing', async () => {
    const before = await readdir(camp.spool, { recursive: true })
    const preview = await importInto(home, [camp.configFile, '--dry-run'])
    expect(preview).toMatchObject({
      outcome: 'preview',
      node: { id: camp.id },
      neighbours: [
        { was: 'Bob.Smith', name: 'bob-smith', addresses: ['tcp://127.0.0.1:1'] },
        { was: 'carol', via: [bob.id] },
      ],
      spool: { outgoing: { packets: 2 }, left: { noUsers: 1 } },
    })
    await expect(access(home)).rejects.toThrow()
    expect(await readdir(camp.spool, { recursive: true })).toEqual(before)
  })

  it('waits while NNCP works on the spool', async () => {
    const lock = join(camp.spool, bob.id, 'tx.lock')
    const holder = spawn('flock', ['-x', lock, 'sh', '-c', 'echo held; cat'], { stdio: ['pipe', 'pipe', 'ignore'] })
    await new Promise(resolve => holder.stdout.once('data', resolve))
    const refused = await posthorn(['import', camp.configFile, '--home', join(folder, 'locked'), '--ports', 'auto'])
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.stderr).toContain(`${bob.id}/tx.lock`)
    const ended = new Promise(resolve => holder.once('exit', resolve))
    holder.stdin.end()
    await ended
  })

  it('keeps its identity, neighbours and packets; letters wait until there are people', async () => {
    const imported = await importInto(home, [camp.configFile, '--name', 'camp', '--ports', 'auto', '--loopback'])
    expect(imported).toMatchObject({ outcome: 'made', node: { id: camp.id, domain } })
    expect(imported.spool).toMatchObject({ outgoing: { packets: 2 }, incoming: { packets: 0 }, seen: 1, bad: [] })
    expect(imported.spool?.left['noUsers']).toBe(1)
    expect(imported.notes.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['neigh.Bob.Smith', 'neigh.Bob.Smith.addrs.mesh', 'log']),
    )
    const keys = await stat(join(home, 'keys.json'))
    expect(keys.mode & 0o777).toBe(0o600)
    moved = TestNode.at(home)
    alice = await moved.addUser('alice')
  })

  it('done again, takes what is left, and nothing twice; --move empties the spool', async () => {
    const again = await importInto(home, [camp.configFile, '--move'])
    expect(again).toMatchObject({ outcome: 'joined', neighbours: [{ outcome: 'known' }, { outcome: 'known' }] })
    expect(again.spool).toMatchObject({ outgoing: { packets: 0 }, incoming: { packets: 1 }, present: 2, removed: 3 })
    expect(await packetsIn(camp, bob.id, 'rx')).toEqual([])
    expect(await packetsIn(camp, bob.id, 'tx')).toEqual([])
  })

  it('another identity does not move into its home', async () => {
    const refused = await posthorn(['import', bob.configFile, '--home', home, '--json'])
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'other-identity' } })
    expect(refused.code).toBe(1)
  })

  it('letters that lay in rx are in the mailbox', async () => {
    await moved?.start()
    await moved?.run(['toss'])
    const letters = await inboxLetters(alice)
    expect(letters.map(({ text }) => /Subject: (.*)\r\n/.exec(text)?.[1])).toEqual(['waits for alice'])
  })

  it('packets that lay in tx arrive at stock neighbours, straight and by a relay', async () => {
    const written = await sync(moved ?? expect.unreachable(), stick.path)
    expect(written.written.packets).toBe(2)
    await nncp(bob, 'xfer', ['-quiet', '-rx', stick.path])
    await nncp(bob, 'toss', ['-quiet'])
    await nncp(bob, 'xfer', ['-quiet', '-mkdir', '-tx', stick.path])
    await nncp(carol, 'xfer', ['-quiet', '-rx', stick.path])
    await nncp(carol, 'toss', ['-quiet'])
    const [atBob] = await callsOf(bob)
    const [atCarol] = await callsOf(carol)
    expect(atBob).toMatchObject({ args: ['root@bob'], sender: camp.id })
    expect(atBob?.input.toString()).toBe(letter('waits for bob'))
    expect(atCarol).toMatchObject({ args: ['root@carol'], sender: camp.id })
    expect(atCarol?.input.toString()).toBe(letter('waits for carol'))
  })

  it('neighbours write to it as before', async () => {
    await nncp(bob, 'exec', ['-quiet', 'camp', 'sendmail', alice.address], { input: letter('after the move') })
    await nncp(bob, 'xfer', ['-quiet', '-mkdir', '-tx', stick.path])
    expect(await sync(moved ?? expect.unreachable(), stick.path)).toMatchObject({ taken: { packets: 1 } })
    expect(await inboxLetters(alice)).toHaveLength(2)
  })
})

describe.skipIf(!nncpInstalled)('a configuration of NNCP', () => {
  let folder: string
  let camp: NncpNode
  let bob: NncpNode

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-nncp-config-'))
    camp = await makeNncpNode(folder, 'camp')
    bob = await makeNncpNode(folder, 'bob')
    await introduce(camp, { bob: { identity: bob.identity } })
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const preview = (args: readonly string[], input = '') =>
    importInto(join(folder, 'none'), [...args, '--dry-run', '--no-spool'], input)

  it('as nncp-cfgnew writes it, with all its comments', async () => {
    const file = join(folder, 'new.hjson')
    const { text, keys } = await nncpKeys([])
    await writeFile(file, text, { mode: 0o600 })
    const imported = await preview([file])
    expect(imported).toMatchObject({ node: { id: keys['id'] }, neighbours: [] })
    expect(imported.notes.map(({ what }) => what).sort()).toEqual(
      ['log', 'mcd-listen', 'mcd-send', 'neigh.self.exec.sendmail'].sort(),
    )
  })

  it('as the directory of nncp-cfgdir', async () => {
    const directory = join(folder, 'directory')
    await nncp(camp, 'cfgdir', ['-dump', directory])
    expect(await preview([directory])).toMatchObject({ node: { id: camp.id }, neighbours: [{ name: 'bob' }] })
  })

  it('stripped by nncp-cfgmin cannot move in', async () => {
    const file = join(folder, 'min.hjson')
    await writeFile(file, (await nncp(camp, 'cfgmin')).stdout)
    const refused = await posthorn(['import', file, '--dry-run', '--home', join(folder, 'none'), '--json'])
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'bad-nncp-config' } })
  })

  it('sealed by nncp-cfgenc opens with its passphrase, and with no other', async () => {
    const file = join(folder, 'camp.eblob')
    const cost = '-s 64 -t 2 -p 2'
    await atTerminal(`nncp-cfgenc ${cost} '${camp.configFile}' > '${file}'`, ['correct horse', 'correct horse'])
    expect(await preview([file, '--passphrase-stdin'], 'correct horse\n')).toMatchObject({ node: { id: camp.id } })
    const none = ['--dry-run', '--home', join(folder, 'none'), '--json']
    const wrong = await posthorn(['import', file, '--passphrase-stdin', ...none], 'battery staple\n')
    expect(JSON.parse(wrong.stdout)).toMatchObject({ error: { code: 'wrong-passphrase' } })
    const missing = await posthorn(['import', file, ...none])
    expect(JSON.parse(missing.stdout)).toMatchObject({ error: { code: 'no-passphrase' } })
  })
})

describe.skipIf(!nncpInstalled)('a Posthorn node moves out to NNCP', () => {
  let folder: string
  let node: TestNode
  let nodeId: string
  let bob: NncpNode
  let daemon: ChildProcess | undefined
  let file: string
  let spool: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-moving-out-'))
    file = join(folder, 'nncp.hjson')
    spool = join(folder, 'spool')
    await mkdir(spool)
    const port = await freePort()
    node = await TestNode.make('camp')
    const alice = await node.addUser('alice')
    const card = await node.run<{ id: string; nncp: Record<string, string> }>(['card', 'show'])
    nodeId = card.id
    bob = await makeNncpNode(folder, 'bob')
    const identity = parsePublicIdentity(pureSuite, card.nncp)
    await introduce(bob, { camp: { identity, exec: { sendmail: recordingHandle(join(folder, 'calls')) } } })
    const keys = join(folder, 'bob.json')
    await writeFile(keys, JSON.stringify(formatPublicIdentity(bob.identity)))
    const added = await node.run<{ domain: string }>(['neighbour', 'add', keys, '--name', 'bob'])
    await node.start()
    // Nobody answers at its address yet, so it waits.
    await sendLetter(alice, { to: `root@${added.domain}`, subject: 'moves out', text: 'hello' })
    await node.end()
    await node.run(['neighbour', 'add', keys, '--name', 'bob', '--addr', `127.0.0.1:${port}`])
    daemon = spawn('nncp-daemon', ['-quiet', '-cfg', bob.configFile, '-bind', `127.0.0.1:${port}`], { stdio: 'ignore' })
  })

  afterAll(async () => {
    await endProcess(daemon)
    await node?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  const stock = () => ({ configFile: file })

  it('writes a configuration with its keys, for its owner only, and its spool', async () => {
    const done = await node.run<{ spool: { outgoing: { packets: number } } }>([
      'export',
      'nncp',
      file,
      '--spool',
      spool,
    ])
    expect(done.spool.outgoing.packets).toBe(1)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const again = await posthorn(['export', 'nncp', file, '--home', node.home, '--json'])
    expect(JSON.parse(again.stdout)).toMatchObject({ error: { code: 'file-exists' } })
    const { error } = JSON.parse(again.stdout) as { error: { message: string } }
    expect(error.message).not.toMatch(/[A-Z2-7]{52}/)
  })

  it('NNCP reads it, sees what waits, and calls', async () => {
    const minimal = (await nncp(stock(), 'cfgmin')).stdout.toString()
    expect(minimal).toContain(bob.id)
    expect((await nncp(stock(), 'stat')).stdout.toString()).toMatch(/bob\n.*Tx: +\d+ B, +1 pkts/)
    await nncp(stock(), 'check', ['-quiet'])
    await nncp(stock(), 'call', ['-quiet', '-onlinedeadline', '1', 'bob'])
    await nncp(bob, 'toss', ['-quiet'])
    const [call] = await recordedCalls(join(folder, 'calls'))
    expect(call?.sender).toBe(nodeId)
    expect(call?.input.toString()).toContain('Subject: moves out\n')
  })

  it('NNCP opens what is written to it afterwards', async () => {
    const calls = join(folder, 'calls-stock')
    const text = await readFile(file, 'utf8')
    const handle = recordingHandle(calls).map(word => JSON.stringify(word))
    await writeFile(
      file,
      text.replaceAll('["/usr/sbin/sendmail"]', () => `[${handle.join(', ')}]`),
    )
    await nncp(bob, 'exec', ['-quiet', 'camp', 'sendmail', 'alice'], { input: 'to stock' })
    await nncp(stock(), 'call', ['-quiet', '-onlinedeadline', '1', 'bob'])
    await nncp(stock(), 'toss', ['-quiet'])
    expect((await recordedCalls(calls)).map(({ args, input }) => [args, input.toString()])).toEqual([
      [['alice'], 'to stock'],
    ])
  })

  it('sealed with a passphrase, nncp-cfgenc opens it', async () => {
    const sealed = join(folder, 'nncp.eblob')
    const opened = join(folder, 'opened.hjson')
    await node.run(['export', 'nncp', sealed, '--passphrase-stdin'], 'correct horse\n')
    expect((await stat(sealed)).mode & 0o777).toBe(0o600)
    await atTerminal(`nncp-cfgenc -d '${sealed}' > '${opened}'`, ['correct horse'])
    expect((await nncp({ configFile: opened }, 'cfgmin')).stdout.toString()).toContain(nodeId)
  })
})
