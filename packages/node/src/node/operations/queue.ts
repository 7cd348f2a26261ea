/** Letters that wait for other mail systems: what they are, trying them now, and taking them out. */
import { OperatingError } from '../../base/errors.ts'
import type { Handover } from '../../stores/queue/index.ts'
import type { ServedNode } from '../served.ts'
import type { GatewayStatus, QueuedLetter } from './queue-types.ts'
import type { ParamsOf, ResultOf } from './types.ts'

const listedDefault = 1000
const pageLetters = 500

export async function gatewayStatus({ config, queue, gateways }: ServedNode): Promise<readonly GatewayStatus[]> {
  const waiting = new Map((await queue.summary()).map(({ gateway, letters, bytes }) => [gateway, { letters, bytes }]))
  const configured = config.gateway.map(({ name }) => name)
  return [...new Set([...configured, ...waiting.keys()])].map(name => ({
    name,
    configured: configured.includes(name),
    queued: waiting.get(name) ?? { letters: 0, bytes: 0 },
    unreachable: gateways.unreachable(name),
  }))
}

export async function listQueue(node: ServedNode, params: ParamsOf<'queue.list'>): Promise<ResultOf<'queue.list'>> {
  const { gateway = null, limit = listedDefault } = params
  if (gateway !== null) checkGateway(node, gateway)
  const list: QueuedLetter[] = []
  while (list.length < limit) {
    const pageMax = Math.min(pageLetters, limit - list.length)
    const page = await node.queue.page({ gateway, after: list.at(-1)?.number ?? 0, limit: pageMax })
    list.push(...page.map(shown))
    if (page.length < pageMax) break
  }
  const queues = (await node.queue.summary()).filter(one => gateway === null || one.gateway === gateway)
  return { letters: queues.reduce((sum, { letters }) => sum + letters, 0), list }
}

export async function showQueued(node: ServedNode, { number }: ParamsOf<'queue.show'>): Promise<QueuedLetter> {
  return shown(await letterOf(node, number))
}

export async function retryQueued(node: ServedNode, params: ParamsOf<'queue.retry'>): Promise<ResultOf<'queue.retry'>> {
  const { numbers = [], gateway, all = false } = params
  if ([numbers.length > 0, gateway !== undefined, all].filter(Boolean).length !== 1) {
    throw refusal('bad-request', 'Say which letters: their numbers, those of one gateway, or all.')
  }
  for (const number of numbers) await letterOf(node, number)
  if (gateway !== undefined) checkGateway(node, gateway)
  let letters = 0
  for (const id of numbers) letters += await node.queue.hurry({ id })
  if (gateway !== undefined) letters = await node.queue.hurry({ gateway })
  if (all) letters = await node.queue.hurry('all')
  node.gateways.retry()
  return { letters, running: node.running }
}

export async function removeQueued(
  node: ServedNode,
  { numbers }: ParamsOf<'queue.remove'>,
): Promise<ResultOf<'queue.remove'>> {
  for (const number of numbers) await letterOf(node, number)
  const removed: number[] = []
  for (const number of numbers) if (await node.gateways.remove(number)) removed.push(number)
  return { removed }
}

function shown({ id, envelope, queuedAt, dueAt, ...handover }: Handover): QueuedLetter {
  const { gateway, messageId, sizeBytes, attempts, reason } = handover
  return {
    ...{ number: id, gateway, sender: envelope.returnPath, recipients: envelope.recipients, messageId, sizeBytes },
    ...{ since: new Date(queuedAt).toISOString(), attempts, reason },
    nextTry: dueAt === null ? null : new Date(dueAt).toISOString(),
  }
}

async function letterOf({ queue }: ServedNode, number: number): Promise<Handover> {
  const handover = await queue.get(number)
  if (handover !== undefined) return handover
  throw refusal('no-such-letter', `No letter ${number} is in the queue: it has left, or never was. See \`queue list\`.`)
}

function checkGateway({ config }: ServedNode, name: string): void {
  if (config.gateway.some(gateway => gateway.name === name)) return
  throw refusal('no-such-gateway', `No gateway is called "${name.slice(0, 60)}" in posthorn.toml.`)
}

function refusal(code: string, message: string): OperatingError {
  return new OperatingError(message, { code, retry: 'never' })
}
