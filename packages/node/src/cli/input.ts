/** Reading what a person pipes in or names as a file, within bounds. */
import { createReadStream } from 'node:fs'
import { OperatingError, systemCode } from '../base/errors.ts'

const textBytesMax = 1024 * 1024

/** All of standard input as text. @throws OperatingError `too-large`. */
export function readStandardInput(): Promise<string> {
  return readAll(process.stdin, 'standard input')
}

/** @throws OperatingError `no-such-file`, `too-large`. */
export async function readTextFile(path: string): Promise<string> {
  try {
    return await readAll(createReadStream(path), path)
  } catch (error) {
    if (error instanceof OperatingError || systemCode(error) === undefined) throw error
    throw new OperatingError(`${path} is not a file that can be read.`, { code: 'no-such-file', retry: 'never' })
  }
}

async function readAll(source: AsyncIterable<Buffer | string>, name: string): Promise<string> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk)
    sizeBytes += bytes.length
    if (sizeBytes > textBytesMax) {
      throw new OperatingError(`${name} is larger than ${textBytesMax} bytes.`, { code: 'too-large', retry: 'never' })
    }
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}
