/**
 * Letters that wait for weeks: their senders are told that they wait, and in the end that they are given up.
 *
 * It promises: each is told once, whatever crashes; what was given up leaves the outbox with its bytes. How long a
 * letter has waited is counted in days on which this node ran (the calendar of the stores), so that no clock, however
 * wrong, and no year in a drawer makes a letter old. Only letters grow old: who sent a file or a call of a program
 * sees it in the queue, and what is carried for others belongs to others.
 *
 * When a report cannot be kept, its letter stays as it is and is looked at again at the next round; the others go on.
 */
import { isAbort, messageOf } from '../../base/errors.ts'
import type { DeliveryWishes, LetterOnItsWay, RecipientWishes, Spool, WaitingLetter } from '../../stores/spool/index.ts'
import type { ReportedRecipient } from './letter/report.ts'
import { postofficeLimits } from './limits.ts'
import { stillMeant } from './recall/still-meant.ts'
import type { LetterToTakeBack } from './recall/take-back.ts'
import { type LetterReport, type ReportContext, report } from './reports.ts'

export interface WaitingPolicy {
  /** After so many days of waiting the sender is told; 0: never. */
  readonly warnAfterDays: number
  /** After so many days the letter is given up, and the sender told; 0: never. */
  readonly returnAfterDays: number
  /** Of letters that say nothing of it themselves; 0, and not given: none. */
  readonly lifetimeDays?: number
}

export interface WaitingContext extends ReportContext {
  readonly spool: Spool
  readonly policy: WaitingPolicy
  /** Copies of it that left may still be stopped. */
  readonly takeBack: (letter: LetterToTakeBack) => Promise<void>
}

/** One round over all that is due. Answers how many packets it was about. */
export async function lookAfterWaiting(
  context: WaitingContext,
  signal: AbortSignal,
): Promise<{ warned: number; returned: number; expired: number }> {
  const { policy, spool } = context
  const expired = await expireLetters(context, signal)
  const { warnAfterDays, returnAfterDays } = policy
  let [warned, returned] = [0, 0]
  if (returnAfterDays > 0) {
    for (const wasWarned of [true, false]) {
      returned += await eachLetter(context, { warned: wasWarned, days: returnAfterDays, signal }, async packets => {
        await report(context, await reportOf(context, 'returned', packets))
        const ids = packets.map(({ id }) => id)
        await spool.waiting.abandon(ids, { kind: 'returned', at: context.now() })
      })
    }
  }
  if (warnAfterDays > 0) {
    warned = await eachLetter(context, { warned: false, days: warnAfterDays, signal }, async packets => {
      await report(context, await reportOf(context, 'delayed', packets))
      const ids = packets.map(({ id }) => id)
      await spool.waiting.markWarned(ids, context.now())
    })
  }
  return { warned, returned, expired }
}

/** Letters that have outlived their lifetime: their senders are told, and they are taken back. */
async function expireLetters(context: WaitingContext, signal: AbortSignal): Promise<number> {
  const { spool, self, log, takeBack } = context
  let expired = 0
  for (const letter of await spool.recalls.expired(postofficeLimits.expiredAtOnceMax)) {
    if (signal.aborted) break
    const { id, messageId, envelope, recipients, at, letter: packet } = letter
    const { lifetimeDays = 0 } = envelope.wishes ?? {}
    const reason = `Its lifetime of ${lifetimeDays} days, counted while ${self.name} ran, is over`
    try {
      await report(context, {
        ...{ kind: 'expired', event: `expired\n${packet}`, envelope, messageId, arrivedAt: at },
        recipients: (await stillMeant(spool, id, recipients)).map(address => ({ address, status: '5.4.7', reason })),
        original: (await spool.waiting.excerpt(id)) ?? null,
      })
      const facts = { messageId: messageId ?? '', everybody: recipients, hasLeft: false }
      await takeBack({ ...letter, ...facts, reason: 'expired' })
      expired += 1
    } catch (error) {
      if (isAbort(error)) break
      log.error('a letter that expired could not be told of', { messageId, reason: messageOf(error) })
    }
  }
  return expired
}

/** Letters for several nodes are several packets: they are told of together. */
async function eachLetter(
  { spool, log }: WaitingContext,
  { signal, ...which }: { warned: boolean; days: number; signal: AbortSignal },
  deal: (packets: readonly [WaitingLetter, ...WaitingLetter[]]) => Promise<void>,
): Promise<number> {
  let dealtWith = 0
  const conclude = async (packets: readonly WaitingLetter[]) => {
    const [first, ...others] = packets
    if (first === undefined || signal.aborted) return
    try {
      await deal([first, ...others])
      dealtWith += packets.length
    } catch (error) {
      if (isAbort(error)) return
      log.error('a letter that waits could not be told of', { messageId: first.messageId, reason: messageOf(error) })
    }
  }
  let letter: WaitingLetter[] = []
  for (let after = 0; ; ) {
    const page = await spool.waiting.overdue({ ...which, after, limit: postofficeLimits.waitingAtOnceMax })
    for (const packet of page) {
      const [first] = letter
      if (first !== undefined && !areOneLetter(first, packet)) {
        await conclude(letter)
        letter = []
      }
      letter.push(packet)
    }
    const last = page.at(-1)
    if (last === undefined || signal.aborted) break
    after = last.sequence
  }
  await conclude(letter)
  return dealtWith
}

function areOneLetter(one: LetterOnItsWay, other: LetterOnItsWay): boolean {
  return (
    one.messageId === other.messageId && one.at === other.at && one.envelope.returnPath === other.envelope.returnPath
  )
}

const dayMs = 24 * 60 * 60 * 1000

async function reportOf(
  { spool, self, policy, now }: WaitingContext,
  kind: 'returned' | 'delayed',
  packets: readonly [WaitingLetter, ...WaitingLetter[]],
): Promise<LetterReport> {
  const [{ id, messageId, at, envelope: one }] = packets
  const { warnAfterDays, returnAfterDays } = policy
  const days = kind === 'returned' ? returnAfterDays : warnAfterDays
  const recipients: ReportedRecipient[] = []
  for (const { id, envelope, copied, handedOver } of packets) {
    const where = handedOver
      ? 'it was handed over to the next node, but its own node has not confirmed that it arrived'
      : copied
        ? 'a copy was put on a medium, but nothing came back that says it arrived'
        : 'nothing confirms that it was handed over'
    const reason = `It has waited for ${days} days on which ${self.name} ran: ${where}`
    const status = kind === 'returned' ? '5.4.7' : '4.4.1'
    const left = await stillMeant(spool, id, envelope.recipients)
    recipients.push(...left.map(address => ({ address, status, reason })))
  }
  const goesOn = kind === 'delayed' && returnAfterDays > days
  return {
    kind,
    // What is the same each time that it is told, also when one of its packets has left meanwhile.
    event: ['waiting', messageId, one.returnPath, at].join('\n'),
    envelope: { ...one, recipients: recipients.map(({ address }) => address), wishes: wishesOf(packets) },
    ...{ recipients, messageId, arrivedAt: at },
    original: (await spool.waiting.excerpt(id)) ?? null,
    ...(goesOn && { willRetryUntil: now() + (returnAfterDays - days) * dayMs }),
    ...remarkOn(packets),
  }
}

const copiesRemark = 'The copy on a stick or in a folder may still arrive one day: nobody can call it back from there.'

const handedOverRemark = 'Another node has taken it over, so it may still arrive one day.'

function remarkOn(packets: readonly WaitingLetter[]): { remark?: string } {
  if (packets.some(({ handedOver }) => handedOver)) return { remark: handedOverRemark }
  return packets.some(({ copied }) => copied) ? { remark: copiesRemark } : {}
}

/** Each packet keeps the wishes that concern its own recipients. */
function wishesOf(packets: readonly [WaitingLetter, ...WaitingLetter[]]): DeliveryWishes {
  const recipients: Record<string, RecipientWishes> = {}
  for (const { envelope } of packets) Object.assign(recipients, envelope.wishes?.recipients)
  return { ...packets[0].envelope.wishes, recipients }
}
