/** What the node's account says. It promises nothing that the node does not know. */
import type { NewNotice, Notice } from '../../stores/notices/index.ts'
import { botLimits } from './limits.ts'

/** The state of one letter for one of its recipients. */
export interface LetterState {
  readonly to: string
  /** When it was handed in here. */
  readonly handedInAt: number
  /** For people: what is known of it now, without a full stop. */
  readonly state: string
}

interface KindWords {
  readonly title: string
  readonly outcome: string
}

const words: Readonly<Record<NewNotice['kind'], KindWords>> = {
  failed: {
    title: 'Not delivered',
    outcome: 'It will not be tried again. Check the address, and send it once more.',
  },
  returned: {
    title: 'Given up',
    outcome: 'This node does not try any longer, and keeps it no more. If it still matters, send it again.',
  },
  expired: {
    title: 'Expired',
    outcome: 'It is taken back wherever that is possible. If it still matters, send it again.',
  },
  arrived: {
    title: 'Arrived after all',
    outcome: 'You do not need to send it again.',
  },
  delayed: {
    title: 'Still waiting',
    outcome: 'This is only to let you know. You do not need to send it again.',
  },
}

/** @param more how many wait besides these. */
export function noticeText(notices: readonly Notice[], more: number): string {
  const [first, ...others] = notices
  if (first !== undefined && others.length === 0 && more === 0) {
    const { title, outcome } = words[first.kind]
    const lines = [`${title}: your message of ${time(first.handedInAt)}`, '', ...recipientLines(first), '', outcome]
    return lines.join('\n')
  }
  const kinds = [...new Set(notices.map(({ kind }) => kind))]
  return [
    `About ${notices.length + more} of your messages`,
    ...notices.flatMap(notice => [
      '',
      `${words[notice.kind].title}: ${time(notice.handedInAt)}`,
      ...recipientLines(notice),
    ]),
    ...(more > 0 ? ['', `… and ${more} more, told next`] : []),
    '',
    ...kinds.map(kind => `${words[kind].title}: ${words[kind].outcome}`),
  ].join('\n')
}

function recipientLines({ recipients }: Notice): string[] {
  const shown = recipients.slice(0, botLimits.recipientsShownMax)
  const more = recipients.length - shown.length
  return [
    ...shown.map(({ address, reason }) => `To ${plain(address)}: ${plain(reason)}.`),
    ...(more > 0 ? [`… and ${more} more recipients`] : []),
  ]
}

/** @param asked what was looked for; undefined: the last ones. */
export function whereText(letters: readonly LetterState[], asked: string | undefined): string {
  const whom = asked === undefined ? '' : ` to ${plain(asked)}`
  if (letters.length === 0) return `This node knows of no message of yours${whom}.`
  const entries = letters.flatMap(({ to, handedInAt, state }) => [
    '',
    `${time(handedInAt)}, to ${plain(to)}`,
    `${plain(state)}.`,
  ])
  return [`Your last messages${whom}`, ...entries].join('\n')
}

export function helpText(nodeName: string, wantsNotices: boolean): string {
  return [
    `This is the node ${nodeName} itself. It understands:`,
    '',
    '/where – what is known of your last messages',
    '/where NAME – of those to somebody',
    wantsNotices
      ? '/quiet – do not write to me when a message waits long or cannot be delivered'
      : '/tell – write to me when a message waits long or cannot be delivered',
    '/help – this',
  ].join('\n')
}

export function greetingText(nodeName: string, wantsNotices: boolean): string {
  const told = 'From now on you hear in this chat when a message of yours waits long or cannot be delivered.'
  return [...(wantsNotices ? [told, ''] : []), helpText(nodeName, wantsNotices)].join('\n')
}

export const quietText = 'This node will not write to you of itself any more. /tell turns that on again.'
export const tellText = 'This node writes to you when a message of yours waits long or cannot be delivered.'

/** In the time zone of the node. */
function time(at: number): string {
  return new Date(at).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })
}

/** One line, without what could be taken for something else. */
function plain(text: string): string {
  const line = text.replaceAll(/[\p{C}\s]+/gu, ' ').trim()
  const cut = line.length > botLimits.reasonLettersMax ? `${line.slice(0, botLimits.reasonLettersMax)}…` : line
  return cut.replace(/\.$/, '')
}
