/**
 * Who works on the spool now. NNCP holds its lock files with flock(2), which Node cannot ask for; on Linux the kernel
 * lists all of them. Elsewhere nothing is known, and the person is asked to stop NNCP.
 */
import { readFile } from 'node:fs/promises'
import type { NncpSpool } from './read.ts'

/** The locks that somebody holds, as `NEIGHBOUR/tx.lock`; null where this system does not tell. */
export async function nncpLockHolders(spool: NncpSpool): Promise<readonly string[] | null> {
  const held = await heldLocks()
  if (held === null) return null
  const names: string[] = []
  for (const neighbour of await spool.nodes()) {
    for (const { name, device, inode } of await spool.locks(neighbour)) {
      if (held.has(`${device}:${inode}`)) names.push(name)
    }
  }
  return names
}

/** `1: FLOCK  ADVISORY  WRITE 1234 fe:01:5678 0 EOF`, see proc(5). */
async function heldLocks(): Promise<ReadonlySet<string> | null> {
  const text = await readFile('/proc/locks', 'utf8').catch(() => null)
  if (text === null) return null
  const found = new Set<string>()
  for (const [, major = '', minor = '', inode] of text.matchAll(/ ([0-9a-f]+):([0-9a-f]+):(\d+) /g)) {
    found.add(`${deviceNumber(BigInt(`0x${major}`), BigInt(`0x${minor}`))}:${inode}`)
  }
  return found
}

/** As stat(2) has it on Linux: makedev(3). */
function deviceNumber(major: bigint, minor: bigint): bigint {
  const low = (minor & 0xffn) | ((major & 0xfffn) << 8n)
  return low | ((minor & ~0xffn) << 12n) | ((major & ~0xfffn) << 32n)
}
