import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { lockFile } from './lock.ts'

const folder = mkdtempSync(join(tmpdir(), 'posthorn-lock-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('is held by one at a time and free again after release', () => {
  const path = join(folder, 'lock.db')
  const first = lockFile(path)
  expect(first).toBeDefined()
  expect(lockFile(path)).toBeUndefined()
  first?.release()
  const second = lockFile(path)
  expect(second).toBeDefined()
  second?.release()
})
