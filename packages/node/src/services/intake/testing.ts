/** For tests of this room: letters in memory, a post office that remembers, and streams in pieces. */
import type { Body } from '../../stores/spool/spool.ts'
import type { IntakeDesk } from './index.ts'

export function bodyOf(text: string): Body {
  const bytes = Buffer.from(text, 'latin1')
  return {
    sizeBytes: bytes.length,
    async *read(startBytes = 0) {
      for (let at = startBytes; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
    },
  }
}

/** Checks the size that was told, too. */
export async function textOf(body: Body | undefined): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body?.read() ?? []) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  if (bytes.length !== body?.sizeBytes) throw new Error(`${bytes.length} bytes, but ${body?.sizeBytes} were told`)
  return bytes.toString('latin1')
}

type Letter = Parameters<IntakeDesk['submit']>[0]

interface FakeDesk extends IntakeDesk {
  readonly letters: Letter[]
  /** Who was told of whom. */
  readonly reports: { readonly letter: Letter; readonly refused: readonly string[] }[]
}

export function fakeDesk({ unknown = [] }: { readonly unknown?: readonly string[] } = {}): FakeDesk {
  const letters: Letter[] = []
  const reports: FakeDesk['reports'] = []
  return {
    letters,
    reports,
    async judge(recipient) {
      return unknown.includes(recipient) ? { kind: 'unknown-user', text: 'Nobody has that name' } : { kind: 'ok' }
    },
    async submit(letter) {
      letters.push(letter)
      return { messageId: 'made@camp.example' }
    },
    async reportRefused(letter, refused) {
      reports.push({ letter, refused: refused.map(({ address }) => address) })
      return letter.sender.endsWith('@nowhere.example') ? 'nobody' : 'told'
    },
  }
}

/** The input whole, byte by byte, and in two pieces at every place. */
export function* cuts(input: string): Generator<Uint8Array[]> {
  const bytes = Buffer.from(input, 'latin1')
  yield [bytes]
  yield [...bytes].map(byte => Uint8Array.of(byte))
  for (let at = 1; at < bytes.length; at += 1) yield [bytes.subarray(0, at), bytes.subarray(at)]
}
