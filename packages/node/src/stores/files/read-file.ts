import { OperatingError } from '../../base/errors.ts'
import type { DurableFiles } from './durable-files.ts'

/** The bytes of a file that is known to be there. It is opened when the first of them is asked for. */
export async function* fileBytes(files: DurableFiles, path: string): AsyncIterable<Uint8Array> {
  const source = await files.read(path)
  if (source === undefined) {
    const message = 'A file was removed while it was about to be read.'
    throw new OperatingError(message, { code: 'disk-failed', retry: 'later', fields: { path, systemCode: 'ENOENT' } })
  }
  yield* source
}
