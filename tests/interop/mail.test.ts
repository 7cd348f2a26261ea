import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatPublicIdentity, parsePublicIdentity } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inboxLetters, sendLetter } from '../support/mail.ts'
import { type Access, TestNode } from '../support/node.ts'
import { makeStick, sync } from '../support/stick.ts'
import { introduce, makeNncpNode, type NncpNode, nncp, nncpInstalled, recordedCalls, recordingHandle } from './nncp.ts'

describe.skipIf(!nncpInstalled)('mail with a stock NNCP node over a stick', () => {
  let folder: string
  let calls: string
  let posthorn: TestNode
  let ourId: string
  let alice: Access
  let bob: NncpNode
  let bobDomain: string
  let stick: Awaited<ReturnType<typeof makeStick>>

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-interop-'))
    calls = join(folder, 'calls')
    stick = await makeStick()
    posthorn = await TestNode.make('camp')
    alice = await posthorn.addUser('alice')
    bob = await makeNncpNode(folder, 'bob')
    const card = await posthorn.run<{ id: string; nncp: Record<string, string> }>(['card', 'show'])
    ourId = card.id
    const camp = { identity: parsePublicIdentity(pureSuite, card.nncp), exec: { sendmail: recordingHandle(calls) } }
    await introduce(bob, { camp })
    const keys = join(folder, 'bob.json')
    await writeFile(keys, JSON.stringify(formatPublicIdentity(bob.identity)))
    const added = await posthorn.run<{ domain: string }>(['neighbour', 'add', keys, '--name', 'bob'])
    bobDomain = added.domain
    await posthorn.start()
  })

  afterAll(async () => {
    await posthorn?.remove()
    await stick?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  const letter = (text: string) =>
    `Return-Path: <root@${bobDomain}>\nMessage-ID: <${text}@bob>\nSubject: ${text}\n\n${text}\n`
  const texts = async () => (await inboxLetters(alice)).map(({ text }) => /Subject: (.*)\r\n/.exec(text)?.[1])

  for (const options of [[], ['-nocompress']]) {
    it(`nncp-exec ${options.join(' ')} reaches our mailbox`, async () => {
      const name = `from-nncp${options.join('')}`
      await nncp(bob, 'exec', ['-quiet', ...options, 'camp', 'sendmail', alice.address], { input: letter(name) })
      await nncp(bob, 'xfer', ['-quiet', '-mkdir', stick.path])
      const report = await sync(posthorn, stick.path)
      expect(report.taken.packets).toBe(1)
      expect(await texts()).toContain(name)
      expect(await readdir(join(stick.path, ourId, bob.id))).toEqual([])
    })
  }

  it('our mail runs their sendmail handle, with the recipients as arguments', async () => {
    const to = [`root@${bobDomain}`, `admin@${bobDomain}`]
    await sendLetter(alice, { to, subject: 'To stock NNCP', text: 'Grüße\nsecond line', messageId: '<out@test>' })
    expect((await sync(posthorn, stick.path)).written.packets).toBe(1)
    await nncp(bob, 'xfer', ['-quiet', stick.path])
    await nncp(bob, 'toss', ['-quiet'])
    const [call] = await recordedCalls(calls)
    expect(call?.args).toEqual(to)
    expect(call?.sender).toBe(ourId)
    const text = call?.input.toString() ?? ''
    expect(text).toMatch(new RegExp(`^Return-Path: <${alice.address}>\n`))
    expect(text).toContain('Message-ID: <out@test>\n')
    expect(text).not.toContain('\r')
  })

  it('a packet for a neighbour that never acknowledges leaves when its copy is durable', async () => {
    const { neighbours } = await posthorn.run<{ neighbours: { queued: { packets: number } }[] }>(['status'])
    expect(neighbours[0]?.queued.packets).toBe(0)
  })

  it('a call of a program that is not set up is kept aside with its reason, not lost', async () => {
    await nncp(bob, 'exec', ['-quiet', 'camp', 'no-such-handle', 'x'], { input: 'what it would have read' })
    await nncp(bob, 'xfer', ['-quiet', '-mkdir', stick.path])
    await sync(posthorn, stick.path)
    const items = await posthorn.run<{ reason: string; kept: boolean }[]>(['quarantine', 'list'])
    const reason = expect.stringContaining('no-such-handle') as string
    expect(items).toContainEqual(expect.objectContaining({ kept: true, reason }))
  })

  it('acknowledges what nncp-ack can toss, when asked to', async () => {
    await posthorn.run(['neighbour', 'add', join(folder, 'bob.json'), '--custody', 'ack'])
    await nncp(bob, 'exec', ['-quiet', 'camp', 'sendmail', alice.address], { input: letter('acknowledged') })
    await nncp(bob, 'xfer', ['-quiet', '-keep', '-tx', '-mkdir', stick.path])
    await sync(posthorn, stick.path)
    const kept = join(bob.spool, ourId, 'tx')
    const packets = async () => (await readdir(kept)).filter(name => name.length === 52)
    expect(await packets()).toHaveLength(1)
    await nncp(bob, 'xfer', ['-quiet', '-rx', stick.path])
    await nncp(bob, 'toss', ['-quiet'])
    expect(await packets()).toHaveLength(0)
  })

  it('keeps our packet until nncp-ack, when told to', async () => {
    await sendLetter(alice, { to: `root@${bobDomain}`, text: 'keep me', messageId: '<keep@test>' })
    await sync(posthorn, stick.path)
    const queued = async () =>
      (await posthorn.run<{ neighbours: { queued: { packets: number } }[] }>(['status'])).neighbours[0]?.queued.packets
    expect(await queued()).toBe(1)
    await nncp(bob, 'xfer', ['-quiet', '-rx', stick.path])
    await nncp(bob, 'ack', ['-quiet', '-node', 'camp'])
    await nncp(bob, 'xfer', ['-quiet', '-tx', stick.path])
    await sync(posthorn, stick.path)
    expect(await queued()).toBe(0)
  })

  it('leaves everything else on the stick alone, and sets aside what is not its hash', async () => {
    const ours = join(stick.path, ourId, bob.id)
    const foreign = join(stick.path, bob.id, bob.id)
    await mkdir(foreign, { recursive: true })
    await mkdir(ours, { recursive: true })
    const secret = join(folder, 'secret')
    await writeFile(secret, 'untouched')
    await symlink(secret, join(ours, 'A'.repeat(52)))
    await writeFile(join(foreign, 'B'.repeat(51).concat('A')), 'somebody else’s')
    await writeFile(join(ours, 'half-written.part'), 'x')
    await mkdir(join(ours, 'C'.repeat(51).concat('A')))
    await writeFile(join(ours, 'D'.repeat(51).concat('A')), randomBytes(5000))
    await chmod(join(ours, 'half-written.part'), 0o000)

    const report = await sync(posthorn, stick.path)
    expect(report.bad.map(({ name }) => name)).toEqual(['D'.repeat(51).concat('A')])
    expect(await readFile(secret, 'utf8')).toBe('untouched')
    expect(await readdir(foreign)).toHaveLength(1)
    const left = await readdir(ours)
    expect(left).toContain('half-written.part')
    expect(left).toContain(`${'D'.repeat(51)}A.bad`)
    expect((await sync(posthorn, stick.path)).bad).toEqual([])
  })
})
