/** For tests: a directory of their own, removed afterwards. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export async function scratchDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'posthorn-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}
