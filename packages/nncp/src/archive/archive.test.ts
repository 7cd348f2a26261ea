import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { joined } from '../bytes.ts'
import { content } from '../testkit.ts'
import { archiveEnd, archiveFiller, archiveHeaders } from './index.ts'

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
