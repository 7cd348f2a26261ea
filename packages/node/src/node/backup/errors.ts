import { OperatingError } from '../../base/errors.ts'

export function wrongPassphrase(): OperatingError {
  const message = 'The passphrase does not open this backup (or its first lines were changed). Nothing was restored.'
  return new OperatingError(message, { code: 'wrong-passphrase', retry: 'never' })
}

/** @param why in words, without a full stop. */
export function notABackup(why = 'it does not begin as one'): OperatingError {
  return new OperatingError(`This is no backup of a Posthorn node: ${why}.`, { code: 'not-a-backup', retry: 'never' })
}

/** @param why in words, without a full stop. */
export function brokenBackup(why: string): OperatingError {
  return new OperatingError(`This backup is not whole: ${why}. Nothing was restored; take another copy of it.`, {
    code: 'backup-broken',
    retry: 'never',
  })
}
