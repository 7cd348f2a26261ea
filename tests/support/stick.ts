/** A folder that stands for a USB stick, and somebody who carries it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestNode } from './node.ts'

export interface SyncReport {
  readonly folder: string
  readonly taken: { readonly packets: number; readonly bytes: number }
  readonly written: { readonly packets: number; readonly bytes: number }
  readonly duplicates: number
  readonly present: number
  readonly retired: number
  readonly left: number
  readonly bad: readonly { readonly name: string; readonly reason: string }[]
  readonly waiting: { readonly packets: number; readonly bytes: number }
  readonly error?: { readonly code: string; readonly message: string }
}

export async function makeStick(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'posthorn-stick-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

export async function sync(node: TestNode, stick: string): Promise<SyncReport> {
  const [report] = await node.run<SyncReport[]>(['folder', 'sync', stick])
  if (report === undefined) throw new Error('no report of the sync')
  return report
}

/**
 * Carries the stick from one node to the next, round and round, until told to stop. Never plugged in at two at once.
 */
export function carryRound(nodes: readonly TestNode[], stick: string): { stop(): Promise<void> } {
  let going = true
  const walk = async () => {
    while (going) {
      for (const node of nodes) {
        const { error } = await sync(node, stick)
        if (error !== undefined) throw new Error(`${error.code}: ${error.message}`)
      }
    }
  }
  const walking = walk()
  walking.catch(() => {})
  return {
    async stop() {
      going = false
      await walking
    },
  }
}
