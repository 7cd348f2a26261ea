/** Summaries of messages: as the store has noted them, and read from the messages it has not. */
import { headOf } from '../message/head.ts'
import { type MessageSummary, messageSummary, type SummaryField } from '../message/summary.ts'
import type { Session } from '../session/session.ts'

type Column<Field extends SummaryField> = ReadonlyMap<number, MessageSummary[Field]>

/** Values by uid; what is not there belongs to a message that is gone. */
export interface Summaries {
  of<Field extends SummaryField>(field: Field, uid: number): MessageSummary[Field] | undefined
}

class Columns<Field extends SummaryField> implements Summaries {
  readonly #noted = new Map<SummaryField, Column<SummaryField>>()
  readonly #read = new Map<number, MessageSummary>()

  constructor(noted: ReadonlyMap<Field, Column<SummaryField>>, read: ReadonlyMap<number, MessageSummary>) {
    this.#noted = new Map(noted)
    this.#read = new Map(read)
  }

  of<Wanted extends SummaryField>(field: Wanted, uid: number): MessageSummary[Wanted] | undefined {
    const read = this.#read.get(uid)
    if (read !== undefined) return read[field]
    const column = this.#noted.get(field) as Column<Wanted> | undefined
    return column?.get(uid)
  }
}

/** @param indexes of messages in the view. */
export async function summariesOf(
  session: Session,
  indexes: readonly number[],
  fields: readonly SummaryField[],
): Promise<Summaries> {
  const { view, limits } = session
  const noted = new Map<SummaryField, Column<SummaryField>>()
  if (view.folder.notes !== undefined && indexes.length > 0) {
    for (const field of fields) noted.set(field, await view.folder.notes.summaries(field))
  }
  const read = new Map<number, MessageSummary>()
  for (const index of fields.length === 0 ? [] : indexes) {
    const { uid } = view.row(index)
    if (noted.size > 0 && fields.every(field => noted.get(field)?.has(uid))) continue
    const stream = await view.folder.read(uid)
    if (stream !== undefined) read.set(uid, messageSummary((await headOf(stream, limits.headerBytesMax)).text))
    await session.responder.roomForMore()
    await session.breathe()
  }
  return new Columns(noted, read)
}
