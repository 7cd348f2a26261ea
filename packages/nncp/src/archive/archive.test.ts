import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { encodeHeader } from '../bundle/header.ts'
import { joined } from '../bytes.ts'
import { FormatError } from '../errors.ts'
import { collect, content, streamOf } from '../testkit.ts'
import { archiveEnd, archiveFiller, archiveHeaders, readArchive } from './index.ts'

const tarInstalled = spawnSync('tar', ['--version']).status === 0
const modifiedAtMs = Date.UTC(2026, 4, 6, 7, 8, 9, 250)

function archive(members: readonly { path: string; bytes?: Uint8Array }[]): Uint8Array {
  return joined([
    ...members.flatMap(({ path, bytes }) => {
      const sizeBytes = bytes?.length ?? 0
      const type = bytes === undefined ? 'folder' : 'file'
      const headers = archiveHeaders({ type, path, sizeBytes, modifiedAtMs })
      return [...headers, bytes ?? new Uint8Array(0), archiveFiller(sizeBytes)]
    }),
    archiveEnd(),
  ])
}

const tar = (args: readonly string[], input: Uint8Array) =>
  spawnSync('tar', ['--quoting-style=literal', '--utc', '--full-time', ...args], { input, env: { LC_ALL: 'C.UTF-8' } })

describe.skipIf(!tarInstalled)('an archive of a folder', () => {
  const names = ['t/one', 't/grüße 😀', `t/${'n'.repeat(130)}`, `t/${'long/'.repeat(60)}end`]
  const members = [{ path: 't' }, ...names.map((path, number) => ({ path, bytes: content(number * 300) }))]

  it('is read by tar: names, modes, times, contents', () => {
    const listed = tar(['-tvf', '-'], archive(members))
    expect(listed.stderr.toString()).toBe('')
    const lines = listed.stdout.toString().trim().split('\n')
    expect(lines).toHaveLength(members.length)
    expect(lines[0]).toMatch(/^drwxrwxrwx 0\/0 +0 2026-05-06 07:08:09\.25 t$/)
    for (const [number, name] of names.entries()) {
      expect(lines[number + 1]).toMatch(/^-rw-rw-rw- 0\/0 /)
      expect(lines[number + 1]?.endsWith(name)).toBe(true)
      const extracted = tar(['-xOf', '-', name], archive(members))
      expect(Buffer.compare(extracted.stdout, content(number * 300)), name).toBe(0)
    }
  })

  it('may hold a file of more than 8 GiB', () => {
    const sizeBytes = 9 * 2 ** 30
    const headers = archiveHeaders({ type: 'file', path: 'large', sizeBytes, modifiedAtMs: -5 })
    // Cut behind the headers: what tar says of the member is what counts.
    expect(tar(['-tvf', '-'], joined(headers)).stdout.toString()).toContain(` ${sizeBytes} `)
  })

  it('refuses half a letter', () => {
    const half = { type: 'file', path: '\ud800', sizeBytes: 0, modifiedAtMs } as const
    expect(() => archiveHeaders(half)).toThrow(RangeError)
  })
})

async function read(bytes: Uint8Array, chunkBytes = bytes.length): Promise<[string, number, number][]> {
  const found: [string, number, number][] = []
  for await (const { path, modifiedAtMs, body } of readArchive(streamOf(bytes, chunkBytes))) {
    found.push([path, (await collect(body)).length, modifiedAtMs])
  }
  return found
}

describe('an archive that is read back', () => {
  const names = ['one', 'zwei/grüße 😀', 'n'.repeat(200), 'five']
  const whole = archive(names.map((path, number) => ({ path, bytes: content(number * 511) })))

  it('has its files, whatever the cuts of the stream', async () => {
    const expected = names.map((path, number) => [path, number * 511, modifiedAtMs])
    for (const chunkBytes of [1, 511, 512, 513, 4096, whole.length]) {
      expect(await read(whole, chunkBytes)).toEqual(expected)
    }
    expect(await read(archive([]))).toEqual([])
  })

  it('is refused when it is cut, at whatever place', async () => {
    for (let length = 0; length < whole.length; length += 37) {
      await expect(read(whole.subarray(0, length)), String(length)).rejects.toMatchObject({ code: 'truncated' })
    }
  })

  it('is refused when something follows, when a filler is none, and when a header is none', async () => {
    await expect(read(joined([whole, new Uint8Array(512)]))).rejects.toMatchObject({ code: 'trailing-bytes' })
    await expect(read(joined([whole, whole]))).rejects.toMatchObject({ code: 'trailing-bytes' })
    for (const at of [0, 150, 512 + 60, 1024 + 3]) {
      const altered = whole.slice()
      altered[at] = (altered[at] ?? 0) ^ 1
      await expect(read(altered), String(at)).rejects.toBeInstanceOf(FormatError)
    }
  })

  it('is refused with members that are no regular files', async () => {
    const [extended, records, filler] = archiveHeaders({ type: 'file', path: 'x', sizeBytes: 0, modifiedAtMs })
    for (const type of ['1', '2', '3', '4', '5', '6', '7', 'S', 'g', 'L'] as const) {
      const header = encodeHeader({ type: type as '0', name: 'x', mode: 0, sizeBytes: 0 })
      const before = [extended, records, filler].filter(part => part !== undefined)
      await expect(read(joined([...before, header, archiveEnd()])), type).rejects.toMatchObject({ code: 'bad-type' })
      await expect(read(joined([header, archiveEnd()])), type).rejects.toMatchObject({ code: 'bad-type' })
    }
  })

  it('does not go on before a file was read', async () => {
    const reading = async () => {
      for await (const _ of readArchive(streamOf(archive([{ path: 'x', bytes: content(3) }]))));
    }
    await expect(reading()).rejects.toBeInstanceOf(RangeError)
  })
})
