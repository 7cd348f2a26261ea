/** Exit codes that mail programs and shells know from `sysexits.h`. */
import { isAbort, OperatingError } from '../../../base/errors.ts'

export const sysexits = { ok: 0, usage: 64, dataError: 65, software: 70, tempFail: 75 } as const

/** 75 tells whoever called to keep the letter and to try again. */
export function sysexitOf(error: unknown): number {
  if (isAbort(error)) return sysexits.tempFail
  if (!(error instanceof OperatingError)) return sysexits.software
  return error.retry === 'later' || passing.has(error.code) ? sysexits.tempFail : sysexits.dataError
}

/** Not the letter's fault: it is good once a person has mended the node. */
const passing = new Set(['no-node', 'bad-config', 'bad-keys', 'unknown-operation'])
