/** A node that is open and does not serve, for tests of what the web asks of it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { silentLog } from '../../base/log.ts'
import type { CallContext, Caller } from '../../services/web-server/handlers.ts'
import { openNode } from '../assemble.ts'
import { homeAt } from '../home.ts'
import { initNode } from '../init.ts'
import { renewal } from '../renewal.ts'
import type { Reach, ServedNode } from '../served.ts'

export interface NodeRig {
  readonly node: ServedNode
  /** Whose logins of mail programs were ended. */
  readonly ended: string[]
}

export const idle: CallContext = { signal: new AbortController().signal, progress: () => undefined }

export function callerOf(user: string, role: Caller['role'] = 'user'): Caller {
  return { user, role, by: { session: 'session1' } }
}

export async function nodeRig(changes: Partial<Reach & Pick<ServedNode, 'openness'>> = {}): Promise<NodeRig> {
  const folder = mkdtempSync(join(tmpdir(), 'posthorn-web-'))
  const home = homeAt(join(folder, 'home'))
  await initNode(home, { name: 'camp', autoPorts: true, loopback: true })
  const node = await openNode(home, silentLog)
  onTestFinished(async () => {
    await node.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const ended: string[] = []
  const { lanHost = null, openness = { lan: false, by: 'setting', fault: null } } = changes
  const ports = { smtp: 1587, smtps: 1465, imap: 1143, imaps: 1993, pop3: 1110, pop3s: 1995, web: 8470, nncp: 5400 }
  const served = {
    ...{ ...node, running: false, chat: null, listeners: {}, openness, renewal: renewal() },
    async endLogins(user: string) {
      ended.push(user)
      return 0
    },
    reach: async () => ({ ports, lanHost }),
  }
  return { node: served, ended }
}
