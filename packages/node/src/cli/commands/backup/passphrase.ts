/** Where the passphrase of a backup comes from, when standard input may be the backup itself. */
import { OperatingError } from '../../../base/errors.ts'
import { readTextFile } from '../../input.ts'
import { readPassphrase, wantedPassphrase } from '../../passphrase.ts'

export interface PassphraseOptions {
  readonly passphraseStdin?: true
  readonly passphraseFile?: string
}

/** A passphrase, and what follows it on standard input. */
export async function passphraseOf(
  { passphraseStdin, passphraseFile }: PassphraseOptions,
  { twice }: { readonly twice: boolean },
): Promise<Uint8Array> {
  if (passphraseFile === undefined) return readPassphrase({ twice })
  if (passphraseStdin === true) {
    const message = 'Say either --passphrase-stdin or --passphrase-file, not both.'
    throw new OperatingError(message, { code: 'two-passphrases', retry: 'never' })
  }
  const [line = ''] = (await readTextFile(passphraseFile)).split(/\r?\n/, 1)
  return wantedPassphrase(Buffer.from(line), 'the first line of the file')
}

/** The backup comes by standard input too: behind the line of the passphrase, unless that is in a file. */
export async function passphraseBefore(
  options: PassphraseOptions,
  input: NodeJS.ReadStream,
): Promise<{ readonly passphrase: Uint8Array; readonly rest: AsyncIterable<Uint8Array> }> {
  if (input.isTTY) {
    const message = 'Standard input is a terminal, where no backup comes from. Name a file, or pipe the backup in.'
    throw new OperatingError(message, { code: 'is-terminal', retry: 'never' })
  }
  if (options.passphraseFile !== undefined) {
    return { passphrase: await passphraseOf(options, { twice: false }), rest: input }
  }
  if (options.passphraseStdin !== true) {
    const message =
      'The backup comes by standard input, so the passphrase cannot be asked for. Say --passphrase-file FILE, or ' +
      '--passphrase-stdin and put it on a line before the backup.'
    throw new OperatingError(message, { code: 'no-passphrase', retry: 'never' })
  }
  const chunks = input[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let head = Buffer.alloc(0)
  while (!head.includes(0x0a) && head.length <= lineBytesMax) {
    const { done, value } = await chunks.next()
    if (done === true) break
    head = Buffer.concat([head, value])
  }
  const end = head.indexOf(0x0a)
  const line = head.subarray(0, end === -1 ? head.length : end)
  const passphrase = wantedPassphrase(line.at(-1) === 0x0d ? line.subarray(0, -1) : line, 'standard input')
  return { passphrase, rest: following(end === -1 ? Buffer.alloc(0) : head.subarray(end + 1), chunks) }
}

const lineBytesMax = 64 * 1024

async function* following(head: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Uint8Array> {
  yield head
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value
}
