/**
 * Exec packets for handles that an operator has set up: a program of ours is run with arguments and input of theirs.
 *
 * Arguments are data: each becomes one argument, behind those of the operator, and no shell sees them. The body is read
 * to its end, and so proven, before anything runs. A program that fails is run again, ever more rarely, and after so
 * many times its packet is set aside. One that ended well is never run again for this packet while the node lives, even
 * when the commit that says so has to be tried again. A program that dies with the node, or ends in the moment before
 * that commit, is run once more: nothing can be promised for it, so it is told the packet's id.
 */
import { homedir } from 'node:os'
import type { AreaMessageId, NodeId, OpenedPacket, PacketId } from '@posthorn/nncp'
import type { Clock } from '../../../base/clock.ts'
import { OperatingError } from '../../../base/errors.ts'
import type { Log } from '../../../base/log.ts'
import { type ProgramEnd, runProgram } from '../../../base/program/run.ts'
import { zstdDecompress } from '../../../base/zstd.ts'
import { inputFile } from '../../../stores/files/index.ts'
import type { InboundPacket, NewOutbound } from '../../../stores/spool/spool.ts'
import { bodyInMemory } from '../body.ts'
import { parseAddress } from '../letter/address.ts'
import { resultLetter } from '../letter/result.ts'
import { postofficeLimits } from '../limits.ts'
import type { Handle, Handles } from '../programs/handles.ts'
import { usersOf } from '../route.ts'
import { fitsAlone, sealLetter } from '../seal.ts'
import type { MailHandlerContext } from './mail.ts'
import type { Outcome } from './outcome.ts'

export interface ExecContext {
  readonly handles: Handles
  readonly mail: MailHandlerContext
  /** A private folder. */
  readonly directory: string
  readonly clock: Clock
  readonly log: Log
  /** Programs that are through with their packet, until that is committed. */
  readonly ended: Map<PacketId, Execution>
}

export function execContext(options: Omit<ExecContext, 'ended'>): ExecContext {
  return { ...options, ended: new Map() }
}

export interface ExecToRun {
  readonly packet: InboundPacket
  /** What it is known by to the program: the packet's id, or that of a message in an area. */
  readonly id: PacketId | AreaMessageId
  readonly caller: Caller
  readonly opened: OpenedPacket
  readonly handle: Handle
  readonly name: string
  readonly args: readonly string[]
}

export type ExecOutcome = Outcome<'done' | 'again' | 'set-aside'>

/** The neighbour, or area, that calls. */
export interface Caller {
  readonly id: NodeId
  readonly name: string
  /** Of its mail. Null: nothing is ever answered to an area, since each of its readers would do so. */
  readonly domain: string | null
}

export async function handleExec(context: ExecContext, exec: ExecToRun, signal: AbortSignal): Promise<ExecOutcome> {
  const { packet, handle, name, opened } = exec
  const before = context.ended.get(packet.id)
  if (before !== undefined) await opened.close()
  const end = before ?? (await execute(context, exec, signal))
  const fields = { handle: name, tries: packet.attempts + 1 }
  const tries = packet.attempts + 1
  if (!end.done && !end.final && tries < handle.triesMax) {
    const { handleRetryMsMin, handleRetryMsMax } = postofficeLimits
    const delayMs = Math.min(handleRetryMsMin * 2 ** Math.min(packet.attempts, 30), handleRetryMsMax)
    return { kind: 'again', reason: `the program of "${name}" ${end.how}${lastLine(end.output)}`, delayMs, fields }
  }
  context.ended.set(packet.id, end)
  const outbound = await tell(context, exec, end, signal)
  if (end.done) return { kind: 'done', outbound, fields }
  const reason = end.final
    ? `the program of "${name}" was not run: ${end.how}`
    : `the program of "${name}" ${end.how} at the last of ${tries} tries${lastLine(end.output)}`
  return { kind: 'set-aside', reason, outbound, fields }
}

export type Execution = ProgramEnd & { /** Another try would end the same way. */ readonly final?: true }

async function execute(context: ExecContext, exec: ExecToRun, signal: AbortSignal): Promise<Execution> {
  const { packet, id, caller, handle, name, args, opened } = exec
  const { mail, clock, directory } = context
  const { inputBytesMax: sizeBytesMax } = handle
  const limits = { outputBytesMax: sizeBytesMax, ratioMax: postofficeLimits.expansionRatioMax }
  const content = opened.plain.type === 'exec' ? zstdDecompress(opened.body, limits) : opened.body
  const { random } = mail.seal
  const input = await inputFile(content, { directory, random, signal, sizeBytesMax }).catch(tooLarge(sizeBytesMax))
  if (typeof input === 'string') return { done: false, final: true, how: input, status: null, output: '', errors: '' }
  try {
    const environment = {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: homedir(),
      LANG: 'C.UTF-8',
      NNCP_SELF: mail.self.id,
      NNCP_SENDER: caller.id,
      NNCP_NICE: String(opened.plain.niceness),
      NNCP_PACKET: id,
    }
    const program = { command: [...handle.command, ...args], environment, input: input.fd }
    const { timeoutMs, outputBytesMax } = handle
    const end = await runProgram(program, { timeoutMs, outputBytesMax, clock, signal })
    const facts = { packetId: packet.id, sender: caller.id, handle: name, how: end.how }
    const output = end.output.slice(0, postofficeLimits.loggedOutputLettersMax)
    context.log[end.done ? 'info' : 'warn']('a program ran', { ...facts, output })
    return end
  } finally {
    await input.close()
  }
}

function tooLarge(sizeBytesMax: number): (error: unknown) => string {
  return error => {
    const tooMuch = error instanceof OperatingError && ['too-large', 'zstd-bomb'].includes(error.code)
    if (!tooMuch) throw error
    return `its input is larger than the ${sizeBytesMax} bytes that it takes`
  }
}

function lastLine(output: string): string {
  const line = output.trimEnd().split('\n').at(-1)?.trim() ?? ''
  return line === '' ? '' : `: ${line.slice(0, 300)}`
}

/** Everybody who is to be told; those elsewhere by a packet. Told twice, the second letter is dropped by its id. */
async function tell(
  context: ExecContext,
  exec: ExecToRun,
  end: Execution,
  signal: AbortSignal,
): Promise<readonly NewOutbound[]> {
  const { packet, id, caller, handle, name, args } = exec
  const { mail, log } = context
  const at = mail.now()
  const outbound: NewOutbound[] = []
  const messageId = `exec${end.done ? '' : '-failed'}.${id.toLowerCase()}@${mail.domain}`
  const text = end.done ? end.output : `This was given up, and set aside: it ${end.how}.\n\n${end.output}`
  const ours = parseAddress(`mailer-daemon@${mail.domain}`)
  try {
    for (const place of handle.resultTo) {
      const address = addressOf(place, mail.domain, caller.domain)
      if (address === null) continue
      const to = parseAddress(address)
      const sender = parseAddress(handle.resultFrom ?? '') ?? ours
      const route = to === undefined ? undefined : await mail.route(`${to.local}@${to.domain}`)
      const users = route === undefined ? undefined : usersOf(route)
      const elsewhere = route?.kind === 'node' && fitsAlone(route.address)
      if (to === undefined || sender === undefined || (users === undefined && !elsewhere)) {
        log.warn('nobody could be told what came of a program', { packetId: packet.id, handle: name, address: place })
        continue
      }
      const names = { asked: mail.self.name, asker: caller.name, handle: name, args }
      const letter = resultLetter({ ...names, from: sender, to, text, messageId, at })
      const body = bodyInMemory(Buffer.from(letter, 'ascii'))
      for (const user of users ?? []) {
        await mail.mailbox.deliver({ user, body, returnPath: '', messageId, deliveryId: messageId, at })
      }
      if (route?.kind === 'node') {
        const sealed = { to: route.neighbour, recipients: [route.address], returnPath: '', body, messageId, at }
        outbound.push(await sealLetter(mail.seal, { ...sealed, niceness: packet.niceness }, signal))
      }
    }
    return outbound
  } catch (error) {
    for (const { staged } of outbound) await staged.discard()
    throw error
  }
}

/** Null: nobody. */
function addressOf(place: string, ownDomain: string, callerDomain: string | null): string | null {
  if (!place.includes('@')) return `${place}@${ownDomain}`
  if (!place.endsWith('@sender')) return place
  return callerDomain && `${place.slice(0, -'sender'.length)}${callerDomain}`
}
