/** A passphrase from a pipe or a person: never from the arguments, and never shown. */
import { OperatingError } from '../base/errors.ts'

const passphraseBytesMax = 4096

/**
 * The first line of standard input, without its end, as the bytes that came. On a terminal it is asked for and not
 * shown; `twice` where a slip would lock something away.
 * @throws OperatingError `no-passphrase`, `passphrases-differ`.
 */
export async function readPassphrase({ twice }: { twice: boolean }): Promise<Uint8Array> {
  if (!process.stdin.isTTY) return wantedPassphrase(await firstLine(process.stdin), 'standard input')
  const first = wantedPassphrase(await ask('Passphrase: '), 'standard input')
  if (!twice || Buffer.from(first).equals(await ask('The same again: '))) return first
  throw new OperatingError('The two are not the same. Nothing was written.', {
    code: 'passphrases-differ',
    retry: 'never',
  })
}

async function ask(question: string): Promise<Buffer> {
  process.stderr.write(question)
  process.stdin.setRawMode(true)
  try {
    return await firstLine(process.stdin)
  } finally {
    process.stdin.setRawMode(false)
    process.stderr.write('\n')
  }
}

/** Up to the end of a line; what a terminal sends for a deleted letter and for ^C and ^D is taken as that. */
async function firstLine(input: NodeJS.ReadStream): Promise<Buffer> {
  const raw = input.isTTY && input.isRaw
  const line: number[] = []
  const chunks = input.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  try {
    for await (const chunk of chunks) {
      for (const byte of chunk) {
        if (byte === 0x0a || byte === 0x0d || (raw && byte === 0x04)) return Buffer.from(line)
        if (raw && byte === 0x03) throw new DOMException('interrupted', 'AbortError')
        if (raw && byte === 0x7f) deleteLetter(line)
        else line.push(byte)
      }
      if (line.length > passphraseBytesMax) break
    }
    return Buffer.from(line)
  } finally {
    // What follows is not waited for.
    input.pause()
  }
}

/** A letter may be several bytes of UTF-8: those that go on with one begin with the bits 10. */
function deleteLetter(line: number[]): void {
  while (((line.pop() ?? 0) & 0xc0) === 0x80);
}

/**
 * @param place where it was looked for.
 * @throws OperatingError `no-passphrase`.
 */
export function wantedPassphrase(passphrase: Uint8Array, place: string): Uint8Array {
  if (passphrase.length > 0 && passphrase.length <= passphraseBytesMax) return passphrase
  const message = `No passphrase came: one line of at most ${passphraseBytesMax} bytes is wanted on ${place}.`
  throw new OperatingError(message, { code: 'no-passphrase', retry: 'never' })
}
