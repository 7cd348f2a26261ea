/** The node's own way with a packet: its spool, its folder transport, its files. Nothing is written by hand. */
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  encryptedHeaderBytes,
  openPacket,
  type PacketId,
  type PrivateIdentity,
  plainPacket,
  readEncryptedHeader,
  sealPacket,
  textPath,
} from '@posthorn/nncp'
import { systemClock } from '../../packages/node/src/base/clock.ts'
import { silentLog } from '../../packages/node/src/base/log.ts'
import { folderTransport } from '../../packages/node/src/links/folder/index.ts'
import type { ParcelTransport } from '../../packages/node/src/links/transport.ts'
import { nativeSuite } from '../../packages/node/src/node/crypto.ts'
import { peek } from '../../packages/node/src/services/courier/peek.ts'
import { type Database, openDatabase } from '../../packages/node/src/stores/database/database.ts'
import { diskFiles, writeNewFile } from '../../packages/node/src/stores/files/index.ts'
import { openSource } from '../../packages/node/src/stores/outgoing/index.ts'
import { openSpool, type Spool } from '../../packages/node/src/stores/spool/index.ts'

const suite = nativeSuite()
const { signal } = new AbortController()
const niceness = 224
const sizeBytesMax = 64 * 1024 ** 3

/** The stores and the transport of one node, without its services. */
export class Ours {
  readonly #self: PrivateIdentity
  readonly #peer: PrivateIdentity
  readonly #database: Database
  readonly #spool: Spool
  readonly #folder: ParcelTransport

  private constructor(self: PrivateIdentity, peer: PrivateIdentity, stores: { database: Database; spool: Spool }) {
    this.#self = self
    this.#peer = peer
    this.#database = stores.database
    this.#spool = stores.spool
    this.#folder = folderTransport({ log: silentLog, random: randomBytes, clock: systemClock })
  }

  static async open(home: string, self: PrivateIdentity, peer: PrivateIdentity): Promise<Ours> {
    await mkdir(home)
    const database = openDatabase(join(home, 'posthorn.sqlite'))
    const directory = join(home, 'spool')
    const spool = await openSpool({ database, directory, suite, random: randomBytes, log: silentLog })
    return new Ours(self, peer, { database, spool })
  }

  /** As a letter leaves: sealed, hashed, on the disk, committed to the outbox. */
  async seal(plain: string): Promise<PacketId> {
    const payload = plainPacket(
      { type: 'file', niceness, path: textPath('big') },
      (await openSource(plain)).read({ lent: true }),
    )
    const options = {
      suite,
      random: randomBytes,
      sender: this.#self,
      recipient: this.#peer,
      niceness,
      payload,
      lent: true,
    }
    const staged = await this.#spool.stage(sealPacket(options), { signal, sizeBytesMax })
    const { id } = this.#peer
    const facts = { nextHop: id, destination: id, kind: 'letter', messageId: null, acknowledges: null } as const
    await this.#spool.outbox.commit([{ ...facts, staged, niceness, at: Date.now() }])
    return staged.id
  }

  /** Onto the medium, then out of the outbox, as for a neighbour that never acknowledges. */
  async putOut(id: PacketId, medium: string): Promise<void> {
    const body = await this.#spool.outbox.open(id)
    if (body === undefined) throw new Error('the packet is not in the outbox')
    const { sizeBytes } = body
    const parcel = {
      recipient: this.#peer.id,
      sender: this.#self.id,
      id,
      sizeBytes,
      read: () => body.read(0, { lent: true }),
    }
    await this.#folder.drop(parcel, pathToFileURL(medium), { signal })
    await this.#spool.outbox.release(id, Date.now())
  }

  /** From the medium into the inbox, hashed on the way. */
  async takeIn(medium: string): Promise<PacketId> {
    for await (const parcel of this.#folder.collect(this.#self.id, pathToFileURL(medium), { signal })) {
      const { first, all, close } = await peek(generated(parcel.read()), encryptedHeaderBytes)
      const { sender } = readEncryptedHeader(first)
      const staged = await this.#spool.stage(all, { signal, sizeBytesMax })
      await close()
      if (staged.id !== parcel.id) throw new Error('the packet is not its hash')
      await this.#spool.inbox.commit({ staged, sender, niceness, source: 'bench', at: Date.now() })
      await parcel.settle({ kind: 'taken' })
      return staged.id
    }
    throw new Error('there is no packet on the medium')
  }

  /** Opened and proven, written as a letter is written: file, its fsync, its name, the fsync of that. */
  async open(id: PacketId, plain: string): Promise<void> {
    const body = await this.#spool.inbox.open(id)
    if (body === undefined) throw new Error('the packet is not in the inbox')
    const senderOf = (sender: string) => (sender === this.#peer.id ? this.#peer : undefined)
    const opened = await openPacket({ suite, recipient: this.#self, senderOf, source: body.read(0, { lent: true }) })
    const temporary = `${plain}.tmp`
    await writeNewFile(diskFiles, temporary, async writer => {
      for await (const chunk of opened.body) await writer.write(chunk)
    })
    await diskFiles.rename(temporary, plain)
    await diskFiles.syncDirectory(dirname(plain))
    await this.#spool.inbox.finish(id, { at: Date.now(), outbound: [] })
  }

  close(): void {
    this.#database.close()
  }
}

async function* generated(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* source
}
