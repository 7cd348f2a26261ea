import { randomBytes } from 'node:crypto'
import { execPath, type PlainHeader } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterEach, describe, expect, it } from 'vitest'
import { zstdCompress } from '../../../base/zstd.ts'
import { cardLink } from '../../../stores/directory/card.ts'
import { postofficeLimits } from '../limits.ts'
import { Office, queueOf, streamOf } from '../rig.ts'
import { controlHandle, isUnawaitedControl, sealControl } from './messages.ts'
import { understandsControl } from './understands.ts'

const never = new AbortController().signal
const offices: Office[] = []
afterEach(async () => {
  for (const office of offices.splice(0)) await office.stop()
})

async function pair(): Promise<[Office, Office]> {
  const [a, b] = [await Office.open('alpha', ['alice']), await Office.open('beta', ['bob'])]
  offices.push(a, b)
  await a.knows(b)
  await b.knows(a)
  return [a, b]
}

const plain = (...args: string[]): PlainHeader => ({ type: 'exec', niceness: 96, path: execPath(controlHandle, args) })

describe('control packets', () => {
  it('lets go of a message of a kind that a later version made, and acknowledges it', async () => {
    const [a, b] = await pair()
    const bytes = a.seal(b, plain('news-of-tomorrow'), zstdCompress(streamOf(Buffer.from('?'))))
    await b.arrive({ bytes, sender: a.identity.id })
    expect(await b.spool.inbox.summary()).toMatchObject({ packets: 0 })
    expect(await b.spool.quarantine.count()).toBe(0)
    expect((await queueOf(b, a)).map(({ kind }) => kind)).toEqual(['ack'])
  })

  it('takes no name of what every object has for a kind', async () => {
    const [a, b] = await pair()
    await b.arrive({ bytes: a.seal(b, plain('constructor'), zstdCompress(streamOf())), sender: a.identity.id })
    expect(await b.spool.quarantine.count()).toBe(0)
    expect(isUnawaitedControl(plain('constructor'))).toBe(false)
  })

  it('sets aside a message that is a bomb, or no zstd at all', async () => {
    const [a, b] = await pair()
    const large = new Uint8Array(postofficeLimits.controlBytesMax + 1)
    await b.arrive({ bytes: a.seal(b, plain('receipts'), zstdCompress(streamOf(large))), sender: a.identity.id })
    await b.arrive({ bytes: a.seal(b, plain('receipts'), streamOf(Buffer.from('rubbish'))), sender: a.identity.id })
    expect((await b.spool.quarantine.list(9)).map(({ reason }) => reason)).toEqual([
      'a control message that is too large, or damaged',
      'a control message that is too large, or damaged',
    ])
  })

  it('leaves with its first copy, and gets no ack, when nobody waits for it', async () => {
    const [a, b] = await pair()
    const to = await a.directory.neighbours.get(b.identity.id)
    if (to === undefined) throw new Error('b is known')
    const { identity, spool, directory } = a
    const seal = { identity, spool, directory, suite: pureSuite, random: randomBytes, packetBytesMax: 1_000_000 }
    const packet = await sealControl(
      seal,
      { to, kind: 'receipts', bytes: Buffer.from('x'), niceness: 96, at: 0 },
      never,
    )
    expect(packet).toMatchObject({ kind: 'ack', acknowledges: null, destination: b.identity.id })
    await b.arrive({ bytes: packet.staged.read(), sender: a.identity.id })
    await packet.staged.discard()
    expect(await queueOf(b, a)).toEqual([])
  })

  it('goes only to nodes whose card says that they understand it', async () => {
    const [a, b] = await pair()
    const known = await a.directory.neighbours.get(b.identity.id)
    if (known === undefined) throw new Error('b is known')
    const facts = { name: 'beta', domains: [], addresses: [], acknowledges: true, issuedAt: 0 }
    const card = (receipts: boolean) => cardLink(pureSuite, b.identity, { ...facts, receipts })
    expect(understandsControl(known)).toBe(false)
    expect(understandsControl({ ...known, card: card(false) })).toBe(false)
    expect(understandsControl({ ...known, card: card(true) })).toBe(true)
    expect(understandsControl({ ...known, card: card(true), posthorn: false })).toBe(false)
  })
})
