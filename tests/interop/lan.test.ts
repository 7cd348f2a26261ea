/** MultiCast Discovery with Debian's nncp, both ways, in a network of the test's own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatPublicIdentity, parsePublicIdentity } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lettersOnDisk } from '../support/mail.ts'
import { LocalNetwork, type Member, namespacesPossible, sendLetterWithin } from '../support/namespaces.ts'
import { type Access, TestNode } from '../support/node.ts'
import { endProcess } from '../support/processes.ts'
import { introduce, makeNncpNode, type NncpNode, nncp, nncpInstalled, recordedCalls, recordingHandle } from './nncp.ts'

const patience = { timeout: 60_000, interval: 100 }

describe.skipIf(!namespacesPossible || !nncpInstalled)('MCD with stock NNCP', () => {
  let folder: string
  let network: LocalNetwork
  let here: Member
  let there: Member
  let posthorn: TestNode
  let alice: Access
  let bob: NncpNode
  let bobDomain: string
  let running: ChildProcess[]

  beforeEach(async () => {
    running = []
    folder = await mkdtemp(join(tmpdir(), 'posthorn-mcd-'))
    network = LocalNetwork.make({ ipv6: true })
    here = network.add()
    there = network.add()
    for (const member of [here, there]) network.connect(member)
    posthorn = await TestNode.makeOpen('camp')
    alice = await posthorn.addUser('alice')
    bob = await makeNncpNode(folder, 'bob')
    await writeFile(join(folder, 'bob.json'), JSON.stringify(formatPublicIdentity(bob.identity)))
    const added = ['neighbour', 'add', join(folder, 'bob.json'), '--name', 'bob']
    bobDomain = (await posthorn.run<{ domain: string }>(added)).domain
    const card = await posthorn.run<{ nncp: Record<string, string> }>(['card', 'show'])
    const identity = parsePublicIdentity(pureSuite, card.nncp)
    await introduce(bob, { camp: { identity, exec: { sendmail: recordingHandle(join(folder, 'calls')) } } })
    await discovering()
  })
  afterEach(async () => {
    await Promise.all(running.map(child => endProcess(child, 'SIGKILL')))
    await posthorn?.remove()
    network?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  /** No addresses: MCD alone, and a caller that calls every second when it has something. */
  async function discovering(): Promise<void> {
    const config = JSON.parse(await readFile(bob.configFile, 'utf8'))
    config.neigh.camp.calls = [{ cron: '*/1 * * * * * *', 'when-tx-exists': true, onlinedeadline: 1 }]
    // Not on every interface: nncp-daemon -mcd-once ends at the loopback one, which has no link-local address.
    const multicast = { 'mcd-listen': ['eth0'], 'mcd-send': { eth0: 1 } }
    await writeFile(bob.configFile, JSON.stringify({ ...config, ...multicast }))
  }

  function run(command: string, ...args: string[]): ChildProcess {
    const [program = '', ...within] = there.within
    const child = spawn(program, [...within, command, '-cfg', bob.configFile, '-quiet', ...args], { stdio: 'ignore' })
    running.push(child)
    return child
  }

  const write = (text: string) =>
    nncp(bob, 'exec', ['-quiet', 'camp', 'sendmail', alice.address], {
      input: `Return-Path: <root@${bobDomain}>\nMessage-ID: <${text}@bob>\nSubject: ${text}\n\n${text}\n`,
    })
  const arrived = async (text: string) =>
    (await lettersOnDisk(posthorn.home, 'alice').catch(() => [])).filter(letter => letter.includes(text)).length
  const nearby = () => posthorn.run<{ neighbour: string; addresses: unknown[] }[]>(['neighbour', 'nearby'])

  it('we find nncp-daemon, call it and exchange letters', async () => {
    await posthorn.start(here.within)
    await sendLetterWithin(here, alice, { to: `root@${bobDomain}`, subject: 'found', text: 'found' })
    await write('fetched-by-us')
    run('nncp-daemon', '-bind', '[::]:5400', '-autotoss')
    await expect.poll(() => arrived('fetched-by-us'), patience).toBe(1)
    await expect.poll(async () => (await recordedCalls(join(folder, 'calls'))).length, patience).toBe(1)
    expect(await nearby()).toMatchObject([{ neighbour: 'bob', addresses: [{ source: 'mcd', interface: 'eth0' }] }])
  })

  it('nncp-daemon -mcd-once is heard', async () => {
    await posthorn.start(here.within)
    await expect.poll(() => network.isReady(there), patience).toBe(true)
    run('nncp-daemon', '-bind', '[::]:5400', '-mcd-once')
    await expect.poll(async () => (await nearby()).length, patience).toBe(1)
  })

  it('nncp-caller finds us and calls', async () => {
    run('nncp-caller')
    await write('brought-by-nncp-caller')
    await posthorn.start(here.within)
    await expect.poll(() => arrived('brought-by-nncp-caller'), patience).toBe(1)
  })

  it('nncp-call -mcd-wait finds us and calls', async () => {
    await write('brought-by-nncp-call')
    run('nncp-call', '-mcd-wait', '60', '-onlinedeadline', '1', 'camp')
    await posthorn.start(here.within)
    await expect.poll(() => arrived('brought-by-nncp-call'), patience).toBe(1)
  })
})
