import { isAbort, messageOf, OperatingError, systemCode } from '../../base/errors.ts'

/** Short names of what can be wrong with a medium; all may pass, so all are `retry: 'later'`. */
export type MediumCode =
  | 'medium-gone'
  | 'medium-full'
  | 'medium-read-only'
  | 'medium-unreadable'
  | 'medium-obstructed'
  | 'medium-file-too-big'
  | 'medium-failed'
  | 'changed-while-read'

export function mediumError(
  code: MediumCode,
  message: string,
  fields: Readonly<Record<string, unknown>>,
  cause?: unknown,
): OperatingError {
  return new OperatingError(message, { code, retry: 'later', fields, ...(cause === undefined ? {} : { cause }) })
}

export function mediumGone(path: string, cause?: unknown): OperatingError {
  const message = `The folder ${path} is not there. If it is on a stick, plug it in; nothing was made in its place.`
  return mediumError('medium-gone', message, { path }, cause)
}

/** Something that is no directory stands where a directory of the layout belongs. */
export function mediumObstructed(path: string): OperatingError {
  const message = `${path} should be a folder of packets but is a link or a file. It was not touched; remove it.`
  return mediumError('medium-obstructed', message, { path })
}

const goneCodes = new Set(['ENODEV', 'ENXIO', 'ENOTCONN', 'ESTALE', 'EHOSTDOWN', 'ENOMEDIUM', 'ESHUTDOWN'])
const fullCodes = new Set(['ENOSPC', 'EDQUOT'])
const forbiddenCodes = new Set(['EROFS', 'EACCES', 'EPERM'])

/**
 * What an error of the operating system means for the medium at `path`. Cancellation and errors that already have a
 * meaning pass through. `rootIsThere` decides between a missing file and a missing medium.
 */
export function explain(
  error: unknown,
  path: string,
  doing: 'reading' | 'writing',
  rootIsThere: boolean,
): OperatingError | Error {
  if (error instanceof OperatingError) return error
  const code = systemCode(error)
  if (isAbort(error) || code === undefined) return error instanceof Error ? error : new Error(messageOf(error))
  if (!rootIsThere || goneCodes.has(code)) return mediumGone(path, error)
  if (fullCodes.has(code)) {
    return mediumError('medium-full', `The folder ${path} is full. Make room on it.`, { path, systemCode: code }, error)
  }
  if (code === 'EFBIG') {
    const message = `The file system of ${path} cannot hold a file of this size (FAT: 4 GiB).`
    return mediumError('medium-file-too-big', message, { path, systemCode: code }, error)
  }
  if (forbiddenCodes.has(code)) return forbidden(path, doing, code, error)
  return mediumError(
    'medium-failed',
    `${doing} in the folder ${path} failed: ${code}.`,
    { path, systemCode: code },
    error,
  )
}

function forbidden(path: string, doing: 'reading' | 'writing', code: string, cause: unknown): OperatingError {
  return doing === 'writing'
    ? mediumError('medium-read-only', `The folder ${path} cannot be written to.`, { path, systemCode: code }, cause)
    : mediumError('medium-unreadable', `The folder ${path} cannot be read.`, { path, systemCode: code }, cause)
}
