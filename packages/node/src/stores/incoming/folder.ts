/** The folders that files come into. Links inside of them lead elsewhere, and are not gone through. */
import { dirname, join, sep } from 'node:path'
import { OperatingError } from '../../base/errors.ts'
import type { DurableFiles } from '../files/index.ts'
import type { IncomingContext } from './context.ts'
import type { ArrivingFile } from './incoming.ts'
import { incomingLimits } from './limits.ts'
import { partsFolder } from './names.ts'

/** @throws OperatingError `no-such-folder`, `disk-full`, retry `later`. */
export async function prepareRoot(context: IncomingContext, file: ArrivingFile): Promise<void> {
  const { files } = context
  const { folder, sizeBytes } = file
  // With the separator, so that a link that a person put in the place of the folder itself is gone through.
  const found = await files.facts(`${folder}${sep}.`)
  if (found?.kind !== 'directory') {
    if (!file.makeFolder) {
      const message = `The folder for files, ${folder}, is not there. Mount or make it; what comes waits until then.`
      throw new OperatingError(message, { code: 'no-such-folder', retry: 'later', fields: { folder } })
    }
    await files.makeDirectory(folder)
    for (const parent of [dirname(folder), dirname(dirname(folder))]) await files.syncDirectory(parent)
  }
  const freeBytes = (await context.freeBytes?.(folder)) ?? Number.POSITIVE_INFINITY
  if (freeBytes - sizeBytes >= incomingLimits.freeBytesMin) return
  const message = `There is no room for a file of ${sizeBytes} bytes in ${folder}. Make some; nothing is lost.`
  throw new OperatingError(message, { code: 'disk-full', retry: 'later', fields: { folder, sizeBytes } })
}

/** Makes the folders between; answers the last one's path, or `undefined` when one of them cannot be there. */
export async function prepareInner(
  files: DurableFiles,
  root: string,
  names: readonly string[],
): Promise<string | undefined> {
  let folder = root
  for (const name of names) {
    const inner = join(folder, name)
    const found = await files.facts(inner)
    if (found === undefined) {
      if (!(await makeInner(files, inner))) return undefined
      await files.syncDirectory(folder)
    } else if (found.kind !== 'directory') return undefined
    folder = inner
  }
  return folder
}

/** `false` when the file system has no such names. */
async function makeInner(files: DurableFiles, path: string): Promise<boolean> {
  try {
    await files.makeDirectory(path)
    return true
  } catch (error) {
    const code = error instanceof OperatingError ? error.fields['systemCode'] : undefined
    if (code === 'ENAMETOOLONG' || code === 'EINVAL' || code === 'EILSEQ') return false
    throw error
  }
}

/** @throws OperatingError `no-such-folder` when something else has the name. */
export async function prepareParts(files: DurableFiles, root: string): Promise<string> {
  const parts = await prepareInner(files, root, [partsFolder])
  if (parts !== undefined) return parts
  const path = join(root, partsFolder)
  const message = `${path} is not a folder. Move it away: chunks of files wait for it.`
  throw new OperatingError(message, { code: 'no-such-folder', retry: 'later', fields: { path } })
}
