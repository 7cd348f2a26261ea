/** What the queue tells the journeys. */
import type { JourneyNotes } from '../journeys/journeys.ts'
import type { Conclusion, Handover, LetterToQueue } from './queue.ts'

/** Of a letter that was put into the queue for these. */
export function noteQueued(
  notes: Pick<JourneyNotes, 'noteSetOut'>,
  { tracked, messageId, envelope, at }: LetterToQueue,
  handovers: readonly { readonly recipients: readonly string[] }[],
): void {
  if (tracked !== true || messageId === null) return
  const recipients = handovers.flatMap(handover => handover.recipients)
  notes.noteSetOut({ messageId, sender: envelope.returnPath, recipients, at })
}

type Notes = Pick<JourneyNotes, 'noteStation'>

export function noteConcluded(notes: Notes, handover: Handover, { done, failed, end, at }: Conclusion): void {
  const { messageId, envelope, gateway: road } = handover
  if (messageId === null) return
  const of = { messageId, sender: envelope.returnPath }
  if (done.length > 0) notes.noteStation({ ...of, recipients: done }, { kind: 'outside', at, where: null, road })
  if (failed.length === 0) return
  notes.noteStation({ ...of, recipients: failed }, { kind: 'failed', ...end, at, where: null, road })
}

export function noteWarned(notes: Notes, { messageId, envelope, gateway: road }: Handover, at: number): void {
  if (messageId === null) return
  const { returnPath: sender, recipients } = envelope
  notes.noteStation({ messageId, sender, recipients }, { kind: 'delayed', at, where: null, road })
}
