import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { OperatingError } from '../../base/errors.ts'
import {
  type DurableFiles,
  diskError,
  diskFiles,
  replaceSmallFile,
  takeIn,
  writeNewFile,
  writeStream,
} from './index.ts'
import { scratchDirectory } from './scratch-directory.ts'

const failed = { code: 'disk-failed', retry: 'later' }

async function textOf(source: AsyncIterable<Uint8Array> | undefined): Promise<string | undefined> {
  if (source === undefined) return undefined
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

test('a new file is for this user alone, and never takes the place of another', async () => {
  const path = join(await scratchDirectory(), 'file')
  await writeNewFile(diskFiles, path, writer => writer.write(Buffer.from('first')))
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  await expect(writeNewFile(diskFiles, path, async () => {})).rejects.toMatchObject(failed)
  expect(await readFile(path, 'utf8')).toBe('first')
})

test('a file that could not be filled does not stay', async () => {
  const directory = await scratchDirectory()
  const fill = async () => {
    throw new Error('the source failed')
  }
  await expect(writeNewFile(diskFiles, join(directory, 'file'), fill)).rejects.toThrow('the source failed')
  expect(await readdir(directory)).toEqual([])
})

test('a small file is written at once, and never takes the place of another', async () => {
  const path = join(await scratchDirectory(), 'file')
  await diskFiles.writeSmall(path, Buffer.from('first'))
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  await expect(diskFiles.writeSmall(path, Buffer.from('second'))).rejects.toMatchObject(failed)
  expect(await readFile(path, 'utf8')).toBe('first')
})

test.each([0, 1000, 64 * 1024, 64 * 1024 + 1, 1_000_000])('a stream of %i bytes becomes a file', async sizeBytes => {
  const path = join(await scratchDirectory(), 'file')
  const bytes = randomBytes(sizeBytes)
  const reused = Buffer.alloc(700)
  const source = async function* () {
    for (let at = 0; at < sizeBytes; at += reused.length) yield reused.subarray(0, bytes.copy(reused, 0, at))
  }
  expect(await writeStream(diskFiles, path, source())).toBe(sizeBytes)
  expect((await readFile(path)).equals(bytes)).toBe(true)
})

test('a stream is told when its file cannot be made, and nothing stays when it fails itself', async () => {
  const directory = await scratchDirectory()
  let ended = 0
  const source = async function* (chunks: number) {
    try {
      for (let n = 0; n < chunks; n += 1) yield new Uint8Array(50_000)
      throw new Error('the source failed')
    } finally {
      ended += 1
    }
  }
  const full: DurableFiles = { ...diskFiles, create: () => Promise.reject(new Error('no room')) }
  await expect(writeStream(full, join(directory, 'one'), source(3))).rejects.toThrow('no room')
  await expect(writeStream(diskFiles, join(directory, 'two'), source(3))).rejects.toThrow('the source failed')
  await expect(writeStream(diskFiles, join(directory, 'three'), source(1))).rejects.toThrow('the source failed')
  expect(ended).toBe(3)
  expect(await readdir(directory)).toEqual([])
})

test('a range of a file is read; what is not there is undefined', async () => {
  const directory = await scratchDirectory()
  const path = join(directory, 'file')
  await writeFile(path, '0123456789')
  expect(await textOf(await diskFiles.read(path))).toBe('0123456789')
  expect(await textOf(await diskFiles.read(path, { startBytes: 2, endBytes: 5 }))).toBe('234')
  expect(await textOf(await diskFiles.read(path, { startBytes: 8, endBytes: 500 }))).toBe('89')
  expect(await textOf(await diskFiles.read(path, { startBytes: 20 }))).toBe('')
  const head = async (bytesMax: number) => Buffer.from((await diskFiles.readHead(path, bytesMax)) ?? []).toString()
  expect(await head(4)).toBe('0123')
  expect(await head(500)).toBe('0123456789')
  expect(await diskFiles.readHead(join(directory, 'missing'), 4)).toBeUndefined()
  expect(await diskFiles.read(join(directory, 'missing'))).toBeUndefined()
  expect(await diskFiles.facts(join(directory, 'missing'))).toBeUndefined()
  expect(await diskFiles.unlink(join(directory, 'missing'))).toBe(false)
  const names: string[] = []
  for await (const name of diskFiles.list(join(directory, 'missing'))) names.push(name)
  expect(names).toEqual([])
})

test('a symbolic link is not followed', async () => {
  const directory = await scratchDirectory()
  await writeFile(join(directory, 'secret'), 'secret')
  await symlink(join(directory, 'secret'), join(directory, 'link'))
  await expect(diskFiles.read(join(directory, 'link'))).rejects.toMatchObject(failed)
  expect(await diskFiles.readSmall(join(directory, 'link'), 100)).toBeUndefined()
  await expect(diskFiles.readHead(join(directory, 'link'), 100)).rejects.toMatchObject(failed)
  expect((await diskFiles.facts(join(directory, 'link')))?.kind).toBe('other')
})

test('a small file is replaced as a whole, also after an attempt that was cut off', async () => {
  const directory = await scratchDirectory()
  const [path, temporaryPath] = [join(directory, 'mark'), join(directory, 'mark.tmp')] as const
  await writeFile(temporaryPath, 'half of')
  await replaceSmallFile(diskFiles, { path, temporaryPath, text: 'one' })
  await replaceSmallFile(diskFiles, { path, temporaryPath, text: 'two' })
  expect(await diskFiles.readSmall(path, 100)).toBe('two')
  expect(await diskFiles.readSmall(path, 2)).toBeUndefined()
  expect(await readdir(directory)).toEqual(['mark'])
})

test('directories are made with their parents, for this user alone', async () => {
  const path = join(await scratchDirectory(), 'a', 'b')
  await diskFiles.makeDirectory(path)
  await diskFiles.makeDirectory(path)
  await diskFiles.syncDirectory(path)
  expect((await stat(path)).mode & 0o777).toBe(0o700)
  await mkdir(join(path, 'c'))
  await diskFiles.removeTree(path)
  expect(await diskFiles.facts(path)).toBeUndefined()
})

test.each([
  ['ENOSPC', 'disk-full'],
  ['EDQUOT', 'disk-full'],
  ['EIO', 'disk-failed'],
  ['EROFS', 'disk-failed'],
  ['EACCES', 'disk-failed'],
])('%s of the system is %s, to be tried later', (systemCode, code) => {
  const error = diskError(Object.assign(new Error('from the system'), { code: systemCode }), 'writing', '/x')
  expect(error).toBeInstanceOf(OperatingError)
  expect(error).toMatchObject({ code, retry: 'later', fields: { path: '/x', systemCode } })
})

test('what is not of the system passes as it is', () => {
  const error = new Error('a fault of the program')
  expect(diskError(error, 'writing', '/x')).toBe(error)
})

test('a stream is told when it is given up', async () => {
  let ended = false
  async function* source() {
    try {
      for (;;) yield new Uint8Array(10)
    } finally {
      ended = true
    }
  }
  const limits = { signal: new AbortController().signal, sizeBytesMax: 25 }
  await expect(takeIn(source(), limits, () => {})).rejects.toMatchObject({ code: 'too-large', retry: 'never' })
  expect(ended).toBe(true)
})
