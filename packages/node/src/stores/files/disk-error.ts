import { OperatingError, systemCode } from '../../base/errors.ts'

const fullCodes = new Set(['ENOSPC', 'EDQUOT'])

/**
 * What the operating system said of a file, as an operating error: `disk-full` or `disk-failed`, retry `later`. Errors
 * that are not the operating system's pass as they are.
 *
 * @param doing for people: `writing a packet`.
 */
export function diskError(error: unknown, doing: string, path: string): unknown {
  const code = systemCode(error)
  if (code === undefined || error instanceof OperatingError || !/^E[A-Z0-9]+$/.test(code)) return error
  const options = { retry: 'later', fields: { path, systemCode: code }, cause: error } as const
  if (fullCodes.has(code)) {
    return new OperatingError(`The disk is full: ${doing} failed. Make room; nothing is lost.`, {
      code: 'disk-full',
      ...options,
    })
  }
  return new OperatingError(`The disk does not work: ${doing} failed with ${code}.`, {
    code: 'disk-failed',
    ...options,
  })
}
