import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { decodeBase32 } from './base32.ts'
import { type PrivateIdentityText, parsePrivateIdentity } from './identity.ts'
import { type NodeId, packetIdFromBytes, parseNodeId } from './ids.ts'
import { mthHasher } from './mth.ts'
import { type OpenedPacket, type OpenOptions, openPacket } from './packet/open.ts'
import { parseExecPath, parseNodePath, parsePacketPath, parseTextPath } from './packet/path.ts'
import { pureSuite } from './pure.ts'
import { collect, content, streamOf } from './testkit.ts'

/** What vectors/make.mjs wrote about a packet that NNCP made. */
interface Vector {
  readonly name: string
  readonly id: string
  readonly from: string
  /** Every node that opens a layer, in order. */
  readonly stops: readonly string[]
  readonly type: string
  readonly niceness: number
  readonly plainNiceness: number
  readonly path?: string
  readonly handle?: string
  readonly args?: readonly string[]
  readonly area?: string
  readonly acknowledged?: string
  /** Size of the generated body, plain or behind zstd. */
  readonly content?: number
  readonly compressedContent?: number
  readonly text?: string
  readonly inner?: { readonly path: string; readonly content: number }
  readonly packet?: string
  readonly file?: string
}

function vectorFile(name: string): Buffer {
  return readFileSync(new URL(`../vectors/${name}`, import.meta.url))
}

const keys: { nodes: Record<string, PrivateIdentityText>; area: { id: string; pub: string; prv: string } } = JSON.parse(
  vectorFile('keys.json').toString(),
)
const { packets }: { packets: Vector[] } = JSON.parse(vectorFile('packets.json').toString())
const nodes = new Map(
  Object.entries(keys.nodes).map(([name, text]) => [name, parsePrivateIdentity(pureSuite, { ...text })]),
)

function node(name: string) {
  const identity = nodes.get(name)
  if (identity === undefined) throw new Error(`no keys of ${name}`)
  return identity
}

function open(recipient: OpenOptions['recipient'], source: AsyncIterable<Uint8Array>): Promise<OpenedPacket> {
  const senderOf = (id: NodeId) => [...nodes.values()].find(one => one.id === id)
  return openPacket({ suite: pureSuite, recipient, senderOf, source })
}

function bytesOf(vector: Vector): Uint8Array {
  return vector.file === undefined ? Buffer.from(vector.packet ?? '', 'base64') : vectorFile(vector.file)
}

/** The content of the vector; zstd is not ours to undo, so that a compressed one only has to look like a frame. */
function expectContent(vector: Vector, body: Uint8Array): void {
  if (vector.text !== undefined) expect(Buffer.from(body).toString()).toBe(vector.text)
  else if (vector.compressedContent !== undefined) expect([...body.subarray(0, 4)]).toEqual([0x28, 0xb5, 0x2f, 0xfd])
  else if (vector.content !== undefined) expect(Buffer.compare(body, content(vector.content))).toBe(0)
}

function expectPath(vector: Vector, { plain }: OpenedPacket): void {
  if (vector.path !== undefined) expect(parseTextPath(plain.path)).toBe(vector.path)
  if (vector.handle !== undefined) {
    expect(parseExecPath(plain.path)).toEqual({ handle: vector.handle, args: vector.args })
  }
  if (vector.area !== undefined) expect(parseNodePath(plain.path)).toBe(vector.area)
  if (vector.acknowledged !== undefined) expect(parsePacketPath(plain.path)).toBe(vector.acknowledged)
}

describe('packets that NNCP made', () => {
  it('are of every type', () => {
    expect(new Set(packets.map(vector => vector.type))).toEqual(
      new Set(['file', 'freq', 'exec', 'exec-fat', 'area', 'ack']),
    )
    expect(packets.filter(vector => vector.stops.length > 1)).not.toHaveLength(0)
  })

  it.each(packets.map(vector => [vector.name, vector] as const))('%s', async (_, vector) => {
    const bytes = bytesOf(vector)
    const hasher = mthHasher(pureSuite)
    hasher.update(bytes)
    expect(packetIdFromBytes(hasher.digest())).toBe(vector.id)

    let source: AsyncIterable<Uint8Array> = streamOf(bytes, 30_000)
    for (const [index, stop] of vector.stops.slice(0, -1).entries()) {
      const relayed = await open(node(stop), source)
      expect(relayed.plain).toMatchObject({ type: 'trns', niceness: 0 })
      expect(relayed.header.niceness).toBe(vector.niceness)
      expect(parseNodePath(relayed.plain.path)).toBe(node(vector.stops[index + 1] ?? '').id)
      source = relayed.body
    }
    const opened = await open(node(vector.stops.at(-1) ?? ''), source)
    expect(opened.header).toMatchObject({ niceness: vector.niceness, sender: node(vector.from).id })
    expect(opened.plain).toMatchObject({ type: vector.type, niceness: vector.plainNiceness })
    expectPath(vector, opened)
    const body = await collect(opened.body)
    expectContent(vector, body)

    if (vector.inner !== undefined) {
      const id = parseNodeId(keys.area.id)
      const exchangePrivateKey = decodeBase32(keys.area.prv)
      if (id === undefined || exchangePrivateKey === undefined) throw new Error('bad area keys')
      const inner = await open({ id, exchangePrivateKey }, streamOf(body))
      expect(parseTextPath(inner.plain.path)).toBe(vector.inner.path)
      expect(await collect(inner.body)).toEqual(content(vector.inner.content))
    }
  })
})
