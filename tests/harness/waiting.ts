/** What still waits at the nodes when all is well again, and what a person does of that. */
import type { Daemon } from './daemon.ts'
import type { World } from './world.ts'

export interface Waiting {
  /** Each a sentence. */
  readonly packets: readonly string[]
  readonly letters: readonly Unreceipted[]
}

/** Letters in custody of their sender's node: another has them, and nothing is heard of them. */
interface Unreceipted {
  readonly daemon: Daemon
  readonly neighbour: string
  readonly letters: number
}

export async function whatWaits({ daemons }: World): Promise<Waiting> {
  const packets: string[] = []
  const letters: Unreceipted[] = []
  for (const daemon of daemons) {
    const status = await daemon.ask('status', {})
    packets.push(...(await packetsAt(daemon, status)))
    for (const { name, unreceipted } of status.neighbours) {
      if (unreceipted.letters > 0) letters.push({ daemon, neighbour: name, letters: unreceipted.letters })
    }
  }
  return { packets, letters }
}

export function inWords({ packets, letters }: Waiting): string[] {
  const silent = letters.map(one => `${one.daemon.name}: ${one.letters} letters for ${one.neighbour} without receipt`)
  return [...packets, ...silent]
}

/**
 * Who knows that a stick was pulled out has the letters sent again that were on their way by it, or whose receipts
 * were: a node would do so by itself, but only after a day. Nobody does it for letters that met wires only: what is
 * lost there is lost by us. Answers how many went.
 */
export async function resendLost(world: World, { letters }: Waiting): Promise<number> {
  let resent = 0
  for (const { daemon, neighbour } of letters) {
    if (!world.byStick(daemon.name, neighbour)) continue
    resent += (await daemon.ask('letter.resend', { neighbour })).letters
  }
  return resent
}

type Status = Awaited<ReturnType<typeof statusOf>>
const statusOf = (daemon: Daemon) => daemon.ask('status', {})

async function packetsAt(daemon: Daemon, status: Status): Promise<string[]> {
  const stuck: string[] = []
  const stat = await daemon.ask('spool.stat', {})
  const say = (packets: number, what: string) => {
    if (packets > 0) stuck.push(`${daemon.name}: ${packets} ${what}`)
  }
  say(status.inbox.packets, 'packets in the inbox')
  for (const { name, reason, kept } of await daemon.ask('quarantine.list', {})) {
    // Of a scratched copy on a stick there is a note, and nothing was kept: the packet itself is with its sender.
    if (kept) stuck.push(`${daemon.name}: ${name.slice(0, 8)}… is set aside: ${reason}`)
  }
  for (const { name, queued } of status.neighbours) say(queued.packets, `packets for ${name}`)
  say(stat.partial.packets, 'beginnings of packets')
  for (const { name, out, in: coming } of stat.neighbours) {
    const known = status.neighbours.some(neighbour => neighbour.name === name)
    if (!known) for (const { packets } of [...out, ...coming]) say(packets, `packets of ${name ?? 'a stranger'}`)
  }
  return stuck
}
