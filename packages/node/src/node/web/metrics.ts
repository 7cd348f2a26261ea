/** How the node is doing, in OpenMetrics. All of it is known or one look-up: nothing is counted for it, or read. */
import { statfs } from 'node:fs/promises'
import type { Service } from '../../base/lifecycle.ts'
import type { ChatEngine } from '../../services/chat-engine/index.ts'
import { type MetricFamily, openMetrics, type WebCounts } from '../../services/web-server/index.ts'
import type { ServedNode } from '../served.ts'

export interface NodeMetrics extends Service {
  text(web: WebCounts): Promise<string>
}

interface Moved {
  packets: number
  bytes: number
}

export function nodeMetrics(node: ServedNode, engine: ChatEngine, version: string): NodeMetrics {
  const moved = { in: new Map<string, Moved>(), out: new Map<string, Moved>() }
  const add = (to: Map<string, Moved>, neighbour: string, bytes: number) => {
    const sum = to.get(neighbour) ?? { packets: 0, bytes: 0 }
    to.set(neighbour, { packets: sum.packets + 1, bytes: sum.bytes + bytes })
  }
  const stops = [
    node.spool.outbox.onLeft(({ nextHop, sizeBytes }) => add(moved.out, nextHop, sizeBytes)),
    node.spool.inbox.onCame(({ handedBy, sizeBytes }) => add(moved.in, handedBy, sizeBytes)),
  ]
  return {
    async text(web) {
      const neighbours = await node.directory.neighbours.list()
      const names = new Map<string, string>(neighbours.map(({ identity, name }) => [identity.id, name]))
      const nameOf = (id: string) => ({ neighbour: names.get(id) ?? id.slice(0, 16).toLowerCase() })
      const contacts = neighbours.flatMap(({ name, lastContactAt }) =>
        lastContactAt === null ? [] : [{ labels: { neighbour: name }, value: lastContactAt / 1000 }],
      )
      return openMetrics([
        info('posthorn_node', 'The node.', { version, id: node.identity.id, name: node.name }),
        ...(await spoolFamilies(node, nameOf)),
        ...movedFamilies(moved, nameOf),
        seconds('posthorn_neighbour_last_contact', 'When a neighbour was last in touch, since 1970.', contacts),
        ...(await letterFamilies(node)),
        ...webFamilies(web),
        ...engineFamilies(engine),
        ...(await machineFamilies(node)),
      ])
    },
    async stop() {
      for (const stop of stops) stop()
    },
  }
}

type NameOf = (id: string) => { readonly neighbour: string }

async function spoolFamilies({ spool }: ServedNode, nameOf: NameOf): Promise<MetricFamily[]> {
  const queues = await spool.outbox.summary()
  const inbox = await spool.inbox.summary()
  const of = (key: 'packets' | 'bytes') => queues.map(queue => ({ labels: nameOf(queue.nextHop), value: queue[key] }))
  return [
    gauge('posthorn_outbox_packets', 'Packets that wait for a neighbour.', of('packets')),
    bytes('posthorn_outbox', 'Their size.', of('bytes')),
    gauge('posthorn_inbox_packets', 'Packets that were brought and are to be opened.', [{ value: inbox.packets }]),
    bytes('posthorn_inbox', 'Their size.', [{ value: inbox.bytes }]),
  ]
}

function movedFamilies(
  moved: Readonly<Record<'in' | 'out', ReadonlyMap<string, Moved>>>,
  nameOf: NameOf,
): MetricFamily[] {
  const of = (way: 'in' | 'out', key: keyof Moved) =>
    [...moved[way]].map(([id, sum]) => ({ labels: nameOf(id), value: sum[key] }))
  return [
    counter('posthorn_sent_packets', 'Packets that a neighbour took over.', of('out', 'packets')),
    { ...counter('posthorn_sent_bytes', 'Their size.', of('out', 'bytes')), unit: 'bytes' },
    counter('posthorn_received_packets', 'Packets that came from a neighbour.', of('in', 'packets')),
    { ...counter('posthorn_received_bytes', 'Their size.', of('in', 'bytes')), unit: 'bytes' },
  ]
}

async function letterFamilies({ spool, queue, delivered }: ServedNode): Promise<MetricFamily[]> {
  const custody = await spool.custody.summary()
  const handedOver = custody.reduce((sum, one) => sum + one.handedOver, 0)
  const gateways = (await queue.summary()).map(({ gateway, letters }) => ({ labels: { gateway }, value: letters }))
  return [
    counter('posthorn_letters_delivered', 'Letters that came to people here.', [{ value: delivered() }]),
    gauge('posthorn_letters_unreceipted', 'Letters handed over whose receipts have not come.', [{ value: handedOver }]),
    gauge('posthorn_gateway_letters', 'Letters that wait for another mail system.', gateways),
    gauge('posthorn_quarantine_packets', 'What was set aside.', [{ value: await spool.quarantine.count() }]),
  ]
}

function webFamilies({ sockets, people, connections }: WebCounts): MetricFamily[] {
  return [
    gauge('posthorn_web_sockets', 'Open pages.', [{ value: sockets }]),
    gauge('posthorn_web_people', 'People with an open page.', [{ value: people }]),
    gauge('posthorn_web_connections', 'TCP connections to the web port.', [{ value: connections }]),
  ]
}

function engineFamilies(engine: ChatEngine): MetricFamily[] {
  const { state, ends } = engine.status()
  return [
    gauge('posthorn_chat_engine_up', 'Whether the chat engine runs.', [{ value: state === 'running' ? 1 : 0 }]),
    counter('posthorn_chat_engine_ends', 'Ends of the chat engine that nobody asked for.', [{ value: ends }]),
  ]
}

async function machineFamilies({ home }: ServedNode): Promise<MetricFamily[]> {
  const { bavail, bsize, blocks } = await statfs(home.path)
  const { user, system } = process.cpuUsage()
  return [
    bytes('posthorn_disk_free', 'Room on the disk of the home.', [{ value: bavail * bsize }]),
    bytes('posthorn_disk_size', 'Size of that disk.', [{ value: blocks * bsize }]),
    bytes('process_resident_memory', 'Memory of the node, without the chat engine.', [
      { value: process.memoryUsage.rss() },
    ]),
    {
      ...counter('process_cpu_seconds', 'Time of the processor.', [{ value: (user + system) / 1e6 }]),
      unit: 'seconds',
    },
    seconds('process_uptime', 'Since the node began.', [{ value: process.uptime() }]),
  ]
}

type Samples = MetricFamily['samples']

function gauge(name: string, help: string, samples: Samples): MetricFamily {
  return { name, type: 'gauge', help, samples }
}

function bytes(name: string, help: string, samples: Samples): MetricFamily {
  return { name: `${name}_bytes`, type: 'gauge', help, unit: 'bytes', samples }
}

function seconds(name: string, help: string, samples: Samples): MetricFamily {
  return { name: `${name}_seconds`, type: 'gauge', help, unit: 'seconds', samples }
}

function counter(name: string, help: string, samples: Samples): MetricFamily {
  return { name, type: 'counter', help, samples }
}

function info(name: string, help: string, labels: Readonly<Record<string, string>>): MetricFamily {
  return { name, type: 'info', help, samples: [{ labels, value: 1 }] }
}
