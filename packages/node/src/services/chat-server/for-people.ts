/** What the engine says against somebody, as they may read it: places on this machine are nobody's business. */
import { OperatingError } from '../../base/errors.ts'

export function forPeople(error: unknown): unknown {
  if (!(error instanceof OperatingError) || error.code !== 'engine-refused') return error
  const message = error.message.replaceAll(/(?:[A-Za-z]:)?[/\\][^\s"'`:,;)]+/g, '…')
  return new OperatingError(message, { code: error.code, retry: 'never', fields: error.fields, cause: error })
}

type Table = Readonly<Record<string, (...given: never[]) => Promise<unknown>>>

/** The same functions, whose errors may be read by people. */
export function allForPeople<T extends Table>(table: T): T {
  const entries = Object.entries(table).map(([name, work]) => [
    name,
    async (...given: never[]) => {
      try {
        return await work(...given)
      } catch (error) {
        throw forPeople(error)
      }
    },
  ])
  return Object.fromEntries(entries) as T
}
