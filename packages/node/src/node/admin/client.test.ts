import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../base/log.ts'
import { type Home, homeAt } from '../home.ts'
import { askDaemon } from './client.ts'
import { type RunOperation, startAdminServer } from './server.ts'

let home: Home
beforeEach(() => {
  home = homeAt(mkdtempSync(join(tmpdir(), 'posthorn-admin-')))
})
afterEach(() => rmSync(home.path, { recursive: true, force: true }))

const call = (signal: AbortSignal) =>
  askDaemon(home, { operation: 'bundle.write', params: {}, progress: () => {}, signal })

describe('a call that is interrupted', () => {
  it('ends, and so does the work at the daemon', async () => {
    const interrupted = new AbortController()
    let ended: () => void = () => {}
    const workEnded = new Promise<void>(resolve => {
      ended = resolve
    })
    const run: RunOperation = (_operation, _params, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          ended()
          reject(new Error('given up'))
        })
        interrupted.abort()
      })
    const server = await startAdminServer(home, run, silentLog)
    try {
      await expect(call(interrupted.signal)).rejects.toMatchObject({ name: 'AbortError' })
      await workEnded
      await expect(call(interrupted.signal)).rejects.toMatchObject({ name: 'AbortError' })
    } finally {
      await server.stop()
    }
  })
})
