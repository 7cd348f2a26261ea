/** Bundles between our courier's command line, our package and Debian's `nncp-bundle`, both ways. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatPublicIdentity, type PacketToBundle, parsePublicIdentity, readBundle, writeBundle } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inboxLetters, sendLetter } from '../support/mail.ts'
import { type Access, TestNode } from '../support/node.ts'
import {
  introduce,
  makeNncpNodes,
  type NncpNode,
  nncp,
  nncpInstalled,
  packetFolder,
  packetsIn,
  recordedCalls,
  recordingHandle,
} from './nncp.ts'

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function gather(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts)
}

async function membersOf(bundle: Uint8Array): Promise<(Omit<PacketToBundle, 'body'> & { content: Buffer })[]> {
  const members: (Omit<PacketToBundle, 'body'> & { content: Buffer })[] = []
  for await (const { body, ...facts } of readBundle(streamOf(bundle))) {
    members.push({ ...facts, content: await gather(body) })
  }
  return members
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posthorn-bundles-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.skipIf(!nncpInstalled)('the format of nncp-bundle', () => {
  let alice: NncpNode
  let bob: NncpNode
  let carol: NncpNode
  const large = randomBytes(300_000)

  beforeAll(async () => {
    const nodes = await makeNncpNodes(join(folder, 'format'), ['alice', 'bob', 'carol'])
    ;[alice, bob, carol] = nodes as [NncpNode, NncpNode, NncpNode]
    await writeFile(join(folder, 'large'), large)
    await writeFile(join(folder, 'small'), 'small')
    for (const to of ['bob', 'carol']) {
      await nncp(alice, 'file', ['-quiet', join(folder, 'large'), `${to}:large`])
      await nncp(alice, 'file', ['-quiet', '-nice', '10', join(folder, 'small'), `${to}:small`])
    }
  })

  const written = async (...to: string[]) => (await nncp(alice, 'bundle', ['-quiet', '-tx', ...to])).stdout

  it('is read by us: mixed recipients, in order, byte by byte what is in the spool', async () => {
    const members = await membersOf(await written('bob', 'carol'))
    // Whose packets come first is chance with nncp-bundle.
    const [first, second] = members[0]?.recipient === bob.id ? [bob, carol] : [carol, bob]
    expect(members.map(({ recipient }) => recipient)).toEqual([first.id, first.id, second.id, second.id])
    for (const { recipient, sender, id, content } of members) {
      expect(sender).toBe(alice.id)
      expect(content.equals(await readFile(join(packetFolder(alice, recipient, 'tx'), id)))).toBe(true)
    }
  })

  it('is what we write, to the byte', async () => {
    const theirs = await written('bob', 'carol')
    const members = await membersOf(theirs)
    async function* packets() {
      for (const { content, ...facts } of members) yield { ...facts, body: streamOf(content) }
    }
    expect((await gather(writeBundle(packets()))).equals(theirs)).toBe(true)
  })

  it('is read by us where bundles lie behind each other, with filler and garbage between', async () => {
    const [one, two] = [await written('bob'), await written('carol')]
    const tape = Buffer.concat([Buffer.alloc(300, 'x'), one, Buffer.alloc(10_240), two, Buffer.from('rest'), one])
    expect(await membersOf(tape)).toHaveLength(6)
  })

  it('is read by us as GNU tar makes it of the folder of nncp-xfer, in each of its formats', async () => {
    const root = join(folder, 'tar')
    await mkdir(join(root, 'NNCP'), { recursive: true })
    await nncp(alice, 'xfer', ['-quiet', '-mkdir', '-keep', '-tx', join(root, 'NNCP')])
    for (const format of ['ustar', 'pax', 'gnu']) {
      const tar = execFileSync('tar', ['-C', root, `--format=${format}`, '-cf', '-', 'NNCP'], { maxBuffer: 10_000_000 })
      expect(await membersOf(tar), format).toHaveLength(4)
    }
  })
})

describe.skipIf(!nncpInstalled)('mail with a stock NNCP node by bundles', () => {
  let calls: string
  let camp: TestNode
  let alice: Access
  let bob: NncpNode
  let carol: NncpNode
  let bobDomain: string

  beforeAll(async () => {
    calls = join(folder, 'calls')
    camp = await TestNode.make('camp')
    alice = await camp.addUser('alice')
    const nodes = await makeNncpNodes(join(folder, 'mail'), ['bob', 'carol'])
    ;[bob, carol] = nodes as [NncpNode, NncpNode]
    const card = await camp.run<{ nncp: Record<string, string> }>(['card', 'show'])
    const ours = { identity: parsePublicIdentity(pureSuite, card.nncp), exec: { sendmail: recordingHandle(calls) } }
    await introduce(bob, { camp: ours, carol: { identity: carol.identity } })
    const keys = join(folder, 'bob.json')
    await writeFile(keys, JSON.stringify(formatPublicIdentity(bob.identity)))
    bobDomain = (await camp.run<{ domain: string }>(['neighbour', 'add', keys, '--name', 'bob'])).domain
    await camp.start()
  })
  afterAll(() => camp?.remove())

  it('what nncp-bundle -tx wrote is taken in, others passed over, repeated bundles once', async () => {
    const letter = `Return-Path: <root@${bobDomain}>\nSubject: taped\n\ntaped\n`
    await nncp(bob, 'exec', ['-quiet', 'camp', 'sendmail', alice.address], { input: letter })
    await writeFile(join(folder, 'note'), 'for carol')
    await nncp(bob, 'file', ['-quiet', join(folder, 'note'), 'carol:note'])
    const bundle = (await nncp(bob, 'bundle', ['-quiet', '-tx', 'carol', 'camp'])).stdout
    const path = join(folder, 'from-bob')
    await writeFile(path, Buffer.concat([bundle, bundle]))
    expect(await camp.run(['bundle', 'read', path])).toMatchObject({
      ...{ bundle: 'from-bob', taken: { packets: 1 }, duplicates: 1, bad: [], left: 0, others: { packets: 2 } },
    })
    expect((await inboxLetters(alice)).filter(({ text }) => text.includes('taped'))).toHaveLength(1)
  })

  it('what we write is taken by nncp-bundle -rx -check and tossed, also two bundles behind each other', async () => {
    const bundles: Buffer[] = []
    for (const name of ['one', 'two']) {
      await sendLetter(alice, { to: `bob@${bobDomain}`, text: `letter ${name}` })
      const path = join(folder, name)
      expect(await camp.run(['bundle', 'write', path])).toMatchObject({ bundle: name, written: { packets: 1 } })
      bundles.push(await readFile(path))
    }
    await nncp(bob, 'bundle', ['-quiet', '-rx', '-check'], { input: Buffer.concat(bundles) })
    const ourId = (await camp.run<{ id: string }>(['card', 'show'])).id as NncpNode['id']
    expect(await packetsIn(bob, ourId, 'rx')).toHaveLength(2)
    await nncp(bob, 'toss', ['-quiet', '-noprogress'])
    const inputs = (await recordedCalls(calls)).map(({ input }) => input.toString())
    for (const name of ['one', 'two']) expect(inputs.some(input => input.includes(`letter ${name}`))).toBe(true)
  })
})
