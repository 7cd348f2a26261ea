import { dirname, join } from 'node:path'
import { gathered } from '../../base/gathered.ts'
import type { DurableFiles, FileWriter } from './durable-files.ts'

/**
 * Makes a new file and fills it through `fill`; on the disk (not yet its name) when the promise resolves. When anything
 * fails nothing of it stays.
 */
export async function writeNewFile(
  files: DurableFiles,
  path: string,
  fill: (writer: FileWriter) => Promise<void>,
): Promise<void> {
  const writer = await files.create(path)
  try {
    try {
      await fill(writer)
      await writer.sync()
    } finally {
      await writer.close()
    }
  } catch (error) {
    await removeQuietly(files, path)
    throw error
  }
}

/** No more than this is gathered in memory before a file is made. */
const smallBytesMax = 64 * 1024

/** The same with the bytes of a stream. Answers how many there were. */
export async function writeStream(
  files: DurableFiles,
  path: string,
  source: AsyncIterable<Uint8Array>,
): Promise<number> {
  const { whole, stream } = await gathered(source, smallBytesMax)
  if (stream === undefined) {
    await files.writeSmall(path, whole)
    return whole.length
  }
  let sizeBytes = 0
  try {
    await writeNewFile(files, path, async writer => {
      for await (const chunk of stream) {
        await writer.write(chunk)
        sizeBytes += chunk.length
      }
    })
  } finally {
    await stream.return()
  }
  return sizeBytes
}

/** Replaces a small file as a whole, durably: after a crash it is the old or the new one. */
export async function replaceSmallFile(
  files: DurableFiles,
  options: { path: string; temporaryPath: string; text: string },
): Promise<void> {
  const { path, temporaryPath, text } = options
  await files.unlink(temporaryPath)
  await writeNewFile(files, temporaryPath, writer => writer.write(Buffer.from(text, 'utf8')))
  await files.rename(temporaryPath, path)
  await files.syncDirectory(dirname(path))
}

/** For cleaning up after a failure: the failure itself is what the caller must hear of. */
export async function removeQuietly(files: DurableFiles, path: string): Promise<void> {
  await files.unlink(path).catch(() => undefined)
}

/** Makes a directory and sees to it that its name is on the disk. */
export async function makeDurableDirectory(files: DurableFiles, parent: string, name: string): Promise<void> {
  await files.makeDirectory(join(parent, name))
  await files.syncDirectory(parent)
}
