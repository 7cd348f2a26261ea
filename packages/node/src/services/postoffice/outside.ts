/**
 * Letters for other mail systems: which gateway an address leaves by, who may use it, and what is queued for it.
 *
 * People of this node may use every gateway, neighbours only those that name them: a node is no open relay.
 */
import { OperatingError } from '../../base/errors.ts'
import type { QueueStore } from '../../stores/queue/index.ts'
import type { Body, DeliveryWishes } from '../../stores/spool/index.ts'
import { type Address, parseAddress } from './letter/address.ts'
import { recipientWishes } from './letter/wishes.ts'

export interface GatewayRule {
  readonly name: string
  /** `example.org`, `.example.org` for all below it, `*` for everything that the DNS may know. */
  readonly domains: readonly string[]
  /** Names of neighbours whose letters it takes too; `*` is all of them. */
  readonly from: readonly string[]
  /** Only addresses that no program takes for anything else, whatever it does with its arguments. */
  readonly plainOnly: boolean
  /** At a time, if fewer than usual. */
  readonly recipientsMax: number | null
}

export interface Outside {
  /** The first that fits is taken. */
  readonly gateways: readonly GatewayRule[]
  readonly queue: Pick<QueueStore, 'put'>
  /** A hint: the queue has something new. */
  readonly queued: () => void
}

export function gatewayFor(gateways: readonly GatewayRule[], domain: string): GatewayRule | undefined {
  return gateways.find(({ domains }) => domains.some(pattern => fits(pattern, domain)))
}

/** RFC 9476: what is below `.alt` is in no DNS, nor is what has no dot: neither leaves by the way for the rest. */
function fits(pattern: string, domain: string): boolean {
  if (pattern === '*') return domain.includes('.') && !domain.endsWith('.alt') && !domain.startsWith('[')
  return pattern.startsWith('.') ? domain.endsWith(pattern) : domain === pattern
}

/** Not of whom has no name here: a letter of a neighbour that nobody named is not passed on. */
export function mayUse({ from }: GatewayRule, neighbour: string): boolean {
  return from.includes('*') || from.includes(neighbour)
}

/** Letters, digits and what is common between them: no quote, blank, slash or anything else that a shell looks at. */
export function isPlain({ local, domain }: Address): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._+=-]*$/.test(local) && !domain.startsWith('[')
}

/** Recipients by gateway: the address on the way, and as it was given. */
export type OutsidePlan = Map<GatewayRule, Map<string, string>>

export interface LetterForOutside {
  readonly returnPath: string
  readonly wishes: DeliveryWishes | undefined
  readonly quiet: boolean
  readonly once: string | undefined
  /** Somebody here wants to know where it is. */
  readonly tracked?: boolean
  readonly messageId: string | null
  readonly body: Body
  readonly at: number
}

/** Why a gateway cannot take letters of this sender; undefined when it can. */
export function senderFault({ plainOnly, name }: GatewayRule, sender: string): string | undefined {
  if (sender === '') return undefined
  const address = parseAddress(sender)
  if (address !== undefined && (!plainOnly || isPlain(address))) return undefined
  return `The sender's address cannot be handed to the mail system behind ${name}`
}

/**
 * In the queue when it resolves; what was queued before is not queued again.
 * @throws OperatingError `bad-sender`, or what the queue says.
 */
export async function queueOutside(outside: Outside, letter: LetterForOutside, plan: OutsidePlan): Promise<number> {
  const { returnPath, wishes, quiet, once = null, tracked = false, messageId, body, at } = letter
  for (const gateway of plan.keys()) {
    const fault = senderFault(gateway, returnPath)
    if (fault !== undefined) throw new OperatingError(`${fault}.`, { code: 'bad-sender', retry: 'never' })
  }
  const addresses = new Map([...plan.values()].flatMap(recipients => [...recipients]))
  const wished = renamed(wishes, addresses)
  const queued = await outside.queue.put({
    envelope: { returnPath, ...(wished && { wishes: wished }), ...(quiet && { quiet }) },
    ...{ once, tracked, messageId, at, body: body.read() },
    handovers: [...plan].map(([{ name, recipientsMax }, recipients]) => ({
      gateway: name,
      recipients: [...recipients.keys()],
      ...(recipientsMax === null ? {} : { recipientsMax }),
    })),
  })
  if (queued > 0) outside.queued()
  return queued
}

/** By the addresses on the way. */
export function renamed(
  wishes: DeliveryWishes | undefined,
  addresses: ReadonlyMap<string, string>,
): DeliveryWishes | undefined {
  if (wishes?.recipients === undefined) return wishes
  const recipients = [...addresses].flatMap(([address, given]) => {
    const wished = recipientWishes(wishes, given)
    return wished === undefined ? [] : [[address, wished] as const]
  })
  return { ...wishes, recipients: Object.fromEntries(recipients) }
}
