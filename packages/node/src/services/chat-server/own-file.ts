/** Files of the engine are believed only where they lie in the folder of the account they are said to be of. */
import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { systemCode } from '../../base/errors.ts'
import type { OpenAccount } from './account.ts'

/** The real path; undefined where there is none of this account. Nothing is followed out of its folder. */
export async function ownFile({ blobs }: Pick<OpenAccount, 'blobs'>, file: string | null): Promise<string | undefined> {
  if (file === null || file === '') return undefined
  try {
    const path = await realpath(file)
    const isOwn = dirname(path) === blobs && basename(path) === basename(file)
    return isOwn && (await lstat(path)).isFile() ? path : undefined
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return undefined
  }
}
