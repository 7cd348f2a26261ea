import { expect, test } from 'vitest'
import type { ChatEngine } from '../../services/chat-engine/index.ts'
import { nodeMetrics } from './metrics.ts'
import { nodeRig } from './rig.ts'

test('metrics are read from sums: a large spool is not counted for them', async () => {
  const { node } = await nodeRig()
  const spool = {
    ...node.spool,
    counts: () => Promise.reject(new Error('every packet was looked at')),
    outbox: { ...node.spool.outbox, summary: async () => [{ nextHop: node.identity.id, packets: 3, bytes: 700 }] },
    inbox: { ...node.spool.inbox, summary: async () => ({ packets: 2, bytes: 500 }) },
  }
  const engine = { status: () => ({ state: 'resting', ends: 0, pid: null, reason: null }) } as unknown as ChatEngine
  const metrics = nodeMetrics({ ...node, delivered: () => 5, spool }, engine, '0.0.0')
  const text = await metrics.text({ sockets: 1, people: 1, connections: 1 })
  await metrics.stop()
  expect(text).toMatch(/^posthorn_outbox_packets\{neighbour="[^"]+"\} 3$/m)
  expect(text).toMatch(/^posthorn_outbox_bytes\{neighbour="[^"]+"\} 700$/m)
  expect(text).toContain('posthorn_inbox_packets 2\n')
  expect(text).toContain('posthorn_inbox_bytes 500\n')
})
