/**
 * Telling senders what became of their letters: one door for everybody who knows.
 *
 * It promises: whoever wanted to hear of it (RFC 3461) is told, once for an event, also when it is told again after a
 * crash; nobody is told of a bounce or an automatic letter. It fails when the report cannot be kept: then nothing was
 * told, and the caller keeps what it has, and asks again. Reports have no sender, so that none is ever answered.
 */
import { createHmac } from 'node:crypto'
import type { PrivateIdentity } from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { Envelope, Excerpt } from '../../stores/spool/envelope.ts'
import { bodyInMemory } from './body.ts'
import { parseAddress } from './letter/address.ts'
import { buildReport, type ReportedRecipient } from './letter/report.ts'
import type { ReportKind } from './letter/report-words.ts'
import { wants } from './letter/wishes.ts'
import type { Self } from './route.ts'
import type { RecipientVerdict, SubmittedLetter } from './submit.ts'

/** Names an event, the same each time. */
export type ReportNames = (event: string) => string

/**
 * What was delivered once by its id is not delivered again. So nobody else must know what a report will be called, or
 * they could send something under its name first, and it would be lost: the names come from a key of the node.
 */
export function reportNames({ signingSeed }: PrivateIdentity): ReportNames {
  const key = createHmac('sha256', signingSeed).update('posthorn: names of reports').digest()
  return event => createHmac('sha256', key).update(event).digest('hex').slice(0, 32)
}

export interface LetterReport {
  readonly kind: ReportKind
  /** Names what happened, with the kind: the same again is told once within a year. */
  readonly event: string
  readonly envelope: Envelope
  /** Those that it is about; who did not want to hear of it is left out. */
  readonly recipients: readonly ReportedRecipient[]
  readonly messageId: string | null
  /** From `excerptOf`; null: nothing was kept. */
  readonly original: Excerpt | null
  /** When the letter came in here. */
  readonly arrivedAt: number
  /** Of a delay: until when it is tried. */
  readonly willRetryUntil?: number
  /** For people, a paragraph more. */
  readonly remark?: string
}

/** `nobody`: a bounce, or no way leads to its sender. `not-wanted`: by the sender's wish, or an automatic letter. */
export type ReportOutcome = 'told' | 'not-wanted' | 'nobody'

type NoticeKind = 'failed' | 'returned' | 'expired' | 'delayed' | 'arrived'

/**
 * Something that people should hear of who do not read reports: apps for chats hide them. Given after the report is
 * durable, at least once; `id` is the same when it comes again.
 */
export interface Notice {
  readonly id: string
  readonly kind: NoticeKind
  /** Whose letter it was. */
  readonly sender: string
  readonly messageId: string | null
  /** When the letter came in here. */
  readonly arrivedAt: number
  readonly recipients: readonly ReportedRecipient[]
}

export interface ReportContext {
  readonly self: Self
  readonly domain: string
  readonly reportName: ReportNames
  readonly judge: (address: string) => Promise<RecipientVerdict>
  readonly submit: (letter: SubmittedLetter) => Promise<unknown>
  /** Resolves when it is kept; when it rejects, all of the report is told again. */
  readonly notice: (notice: Notice) => Promise<void>
  readonly log: Log
  readonly now: () => number
}

/** @throws OperatingError when the report could not be kept: nothing was told. */
export async function report(context: ReportContext, event: LetterReport): Promise<ReportOutcome> {
  const { kind, messageId, envelope } = event
  const letter = composeReport(context, event)
  const fields = { messageId, kind, recipients: event.recipients.map(({ address }) => address) }
  if (typeof letter === 'string') {
    context.log.info('no report is owed for a letter', { ...fields, why: letter })
    return letter
  }
  const to = envelope.returnPath
  if ((await context.judge(to)).kind !== 'ok') return nobody(context, fields)
  try {
    await context.submit({ sender: '', recipients: [to], body: bodyInMemory(letter.bytes), once: letter.messageId })
  } catch (error) {
    if (error instanceof OperatingError && error.retry === 'never') return nobody(context, fields)
    throw error
  }
  context.log.info('the sender of a letter was told', { ...fields, reportId: letter.messageId })
  if (isFailure(kind) || kind === 'delayed' || kind === 'arrived') {
    const { recipients } = letter
    await context.notice({ id: letter.messageId, kind, sender: to, messageId, arrivedAt: event.arrivedAt, recipients })
  }
  return 'told'
}

function isFailure(kind: ReportKind): kind is 'failed' | 'returned' | 'expired' {
  return kind === 'failed' || kind === 'returned' || kind === 'expired'
}

function nobody({ log }: ReportContext, fields: Readonly<Record<string, unknown>>): 'nobody' {
  log.warn('the sender of a letter cannot be told', fields)
  return 'nobody'
}

export interface ComposedReport {
  readonly messageId: string
  readonly bytes: Uint8Array
  readonly recipients: readonly ReportedRecipient[]
}

/** The report as a letter, or why there is none. */
export function composeReport(
  { self, domain, now, reportName }: Pick<ReportContext, 'self' | 'domain' | 'now' | 'reportName'>,
  event: LetterReport,
): ComposedReport | 'not-wanted' | 'nobody' {
  const { kind, envelope, messageId: originalMessageId, event: name, ...rest } = event
  const to = parseAddress(envelope.returnPath)
  if (to === undefined) return 'nobody'
  const what = kind === 'delayed' ? 'delay' : isFailure(kind) ? 'failure' : 'success'
  // Who was told of the failure is told that it was none.
  const isWanted = (address: string) =>
    wants(envelope, address, what) || (kind === 'arrived' && wants(envelope, address, 'failure'))
  const recipients = event.recipients.filter(({ address }) => isWanted(address))
  const isQuiet = envelope.quiet === true && (what !== 'success' || kind === 'arrived')
  if (recipients.length === 0 || isQuiet) return 'not-wanted'
  const messageId = `${kind}.${reportName(`${kind}\n${name}`)}@${domain}`
  const reporter = { domain, nodeName: self.name }
  const { wishes } = envelope
  const facts = { ...rest, kind, reporter, to, recipients, wishes, originalMessageId, messageId, at: now() }
  return { messageId, bytes: buildReport(facts), recipients }
}
