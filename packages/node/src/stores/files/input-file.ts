/**
 * A body as a file that a program can read. A file, not a pipe: should the node die in the middle, the program still
 * reads all of it, never a part that looks like a whole.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { RandomSource } from '@posthorn/nncp'
import { diskFiles } from './durable-files.ts'
import { type TakeInOptions, takeIn } from './take-in.ts'

export interface InputOptions extends TakeInOptions {
  /** A private folder, for the moment in which the file has a name. */
  readonly directory: string
  readonly random: RandomSource
}

/**
 * Everything of `source`, open for reading from its beginning; gone when it is closed.
 * @throws OperatingError `too-large`, `disk-full`, `disk-failed`; what the source throws passes.
 */
export async function inputFile(source: AsyncIterable<Uint8Array>, options: InputOptions): Promise<FileHandle> {
  const path = join(options.directory, Buffer.from(options.random(16)).toString('hex'))
  const writer = await diskFiles.create(path)
  try {
    try {
      await takeIn(source, options, chunk => writer.write(chunk))
    } finally {
      await writer.close()
    }
    return await open(path, 'r')
  } finally {
    await diskFiles.unlink(path)
  }
}

/** Makes the folder, and clears away what a crash has left in it. */
export async function prepareInputs(directory: string): Promise<void> {
  await diskFiles.makeDirectory(directory)
  for await (const name of diskFiles.list(directory)) await diskFiles.unlink(join(directory, name))
}
