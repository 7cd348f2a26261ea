import { realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { OperatingError } from '../../base/errors.ts'
import { checkPath } from '../incoming/names.ts'
import { type FileSource, openSource } from './source.ts'

/**
 * Opens what a stranger asked for, if it lies in the folder: also when links are followed. Otherwise the answer is why
 * not, in words for the log; they tell whoever reads that log, and nobody else, what there is.
 */
export async function openInside(root: string, path: string): Promise<FileSource | { readonly fault: string }> {
  const checked = checkPath(path, process.platform === 'win32')
  if ('fault' in checked) return checked
  try {
    const [folder, asked] = [await realpath(root), await realpath(join(root, ...checked.parts))]
    if (!asked.startsWith(folder.endsWith(sep) ? folder : folder + sep))
      return { fault: 'a link leads out of the folder' }
    return await openSource(asked)
  } catch (error) {
    if (error instanceof OperatingError && error.retry === 'never') return { fault: error.message }
    if (error instanceof Error && 'syscall' in error && error.syscall === 'realpath') {
      return { fault: 'there is no such file' }
    }
    throw error
  }
}
