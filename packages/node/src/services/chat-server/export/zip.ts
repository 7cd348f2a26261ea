/**
 * A ZIP archive as it is read (PKWARE APPNOTE 6.3): entries one behind the other, then their list. Texts are deflated,
 * files are stored as they are, because media are compressed already. Beyond 4 GiB it is a ZIP64.
 */
import { crc32, createDeflateRaw } from 'node:zlib'

export interface TextEntry {
  readonly name: string
  readonly text: AsyncIterable<string>
}

export interface FileEntry {
  readonly name: string
  /** Reads it from its beginning; called twice. */
  readonly read: () => AsyncIterable<Uint8Array>
}

interface Listed {
  readonly name: Buffer
  readonly method: number
  readonly flags: number
  readonly crc: number
  readonly packedBytes: number
  readonly sizeBytes: number
  readonly offset: number
}

/** Sections 4.4.3 to 4.4.5. */
const versions = { plain: 20, zip64: 45 } as const
const methods = { stored: 0, deflated: 8 } as const
const flags = { sizesBehind: 0x0008, utf8: 0x0800 } as const
const most32 = 0xffff_ffff
const most16 = 0xffff
/** 1 January 1980: when a file was made here tells nobody anything. */
const [dosTime, dosDate] = [0, 0x21]

/** @param entries of less than 4 GiB each. */
export async function* zip(entries: AsyncIterable<TextEntry | FileEntry>): AsyncGenerator<Uint8Array> {
  const listed: Listed[] = []
  let offset = 0
  for await (const entry of entries) {
    const parts = 'text' in entry ? deflated(entry, offset) : stored(entry, offset)
    for (;;) {
      const { done, value } = await parts.next()
      if (done === true) {
        listed.push(value)
        break
      }
      offset += value.length
      yield value
    }
  }
  yield Buffer.concat(directory(listed, offset))
}

async function* deflated({ name, text }: TextEntry, offset: number): AsyncGenerator<Uint8Array, Listed> {
  const entry = { name: Buffer.from(name), method: methods.deflated, flags: flags.sizesBehind | flags.utf8, offset }
  yield localHeader({ ...entry, crc: 0, packedBytes: 0, sizeBytes: 0 })
  let [crc, sizeBytes, packedBytes] = [0, 0, 0]
  const deflate = createDeflateRaw()
  const feed = async () => {
    for await (const part of text) {
      const bytes = Buffer.from(part)
      crc = crc32(bytes, crc)
      sizeBytes += bytes.length
      if (!deflate.write(bytes)) await new Promise(resolve => deflate.once('drain', resolve))
    }
    deflate.end()
  }
  const fed = feed().catch((error: unknown) => void deflate.destroy(error instanceof Error ? error : undefined))
  try {
    for await (const part of deflate) {
      packedBytes += part.length
      yield part
    }
  } finally {
    deflate.destroy()
  }
  await fed
  const descriptor = Buffer.alloc(16)
  descriptor.writeUInt32LE(0x08074b50, 0)
  for (const [index, number] of [crc, packedBytes, sizeBytes].entries()) {
    descriptor.writeUInt32LE(number, 4 + index * 4)
  }
  yield descriptor
  return { ...entry, crc, packedBytes, sizeBytes }
}

async function* stored({ name, read }: FileEntry, offset: number): AsyncGenerator<Uint8Array, Listed> {
  let [crc, sizeBytes] = [0, 0]
  for await (const part of read()) {
    crc = crc32(part, crc)
    sizeBytes += part.length
  }
  const entry = { name: Buffer.from(name), method: methods.stored, flags: flags.utf8, offset, crc, sizeBytes }
  const whole = { ...entry, packedBytes: sizeBytes }
  yield localHeader(whole)
  let readBytes = 0
  for await (const part of read()) {
    readBytes += part.length
    yield part
  }
  if (readBytes !== sizeBytes) throw new Error('a file changed while it was read')
  return whole
}

/** Section 4.3.7. */
function localHeader({ name, method, flags: bits, crc, packedBytes, sizeBytes }: Listed): Uint8Array {
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(versions.plain, 4)
  writeCommon(header, 6, { method, flags: bits, crc, packedBytes, sizeBytes, nameBytes: name.length })
  return Buffer.concat([header, name])
}

type Common = Pick<Listed, 'method' | 'flags' | 'crc' | 'packedBytes' | 'sizeBytes'> & { readonly nameBytes: number }

function writeCommon(header: Buffer, at: number, common: Common): void {
  header.writeUInt16LE(common.flags, at)
  header.writeUInt16LE(common.method, at + 2)
  header.writeUInt16LE(dosTime, at + 4)
  header.writeUInt16LE(dosDate, at + 6)
  header.writeUInt32LE(common.crc, at + 8)
  header.writeUInt32LE(common.packedBytes, at + 12)
  header.writeUInt32LE(common.sizeBytes, at + 16)
  header.writeUInt16LE(common.nameBytes, at + 20)
}

/** Sections 4.3.12 and 4.3.14 to 4.3.16. */
function directory(listed: readonly Listed[], offset: number): Uint8Array[] {
  const headers = listed.map(centralHeader)
  const sizeBytes = headers.reduce((sum, { length }) => sum + length, 0)
  const isLarge = offset + sizeBytes >= most32 || listed.length >= most16
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Math.min(listed.length, most16), 8)
  end.writeUInt16LE(Math.min(listed.length, most16), 10)
  end.writeUInt32LE(Math.min(sizeBytes, most32), 12)
  end.writeUInt32LE(Math.min(offset, most32), 16)
  return [...headers, ...(isLarge ? zip64End(listed.length, sizeBytes, offset) : []), end]
}

function centralHeader({ name, offset, ...entry }: Listed): Uint8Array {
  const isFar = offset >= most32
  const extra = Buffer.alloc(isFar ? 12 : 0)
  if (isFar) {
    extra.writeUInt16LE(1, 0)
    extra.writeUInt16LE(8, 2)
    extra.writeBigUInt64LE(BigInt(offset), 4)
  }
  const header = Buffer.alloc(46)
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt16LE(versions.zip64, 4)
  header.writeUInt16LE(isFar ? versions.zip64 : versions.plain, 6)
  writeCommon(header, 8, { ...entry, nameBytes: name.length })
  header.writeUInt16LE(extra.length, 30)
  header.writeUInt32LE(Math.min(offset, most32), 42)
  return Buffer.concat([header, name, extra])
}

function zip64End(count: number, sizeBytes: number, offset: number): Uint8Array[] {
  const record = Buffer.alloc(56)
  record.writeUInt32LE(0x06064b50, 0)
  record.writeBigUInt64LE(44n, 4)
  record.writeUInt16LE(versions.zip64, 12)
  record.writeUInt16LE(versions.zip64, 14)
  for (const [index, number] of [count, count, sizeBytes, offset].entries()) {
    record.writeBigUInt64LE(BigInt(number), 24 + index * 8)
  }
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)
  locator.writeBigUInt64LE(BigInt(offset + sizeBytes), 8)
  locator.writeUInt32LE(1, 16)
  return [record, locator]
}
