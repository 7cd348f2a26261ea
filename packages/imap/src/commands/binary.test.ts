import { expect, test } from 'vitest'
import { bytesOf } from '../grammar/bytes.ts'
import { decoderOf } from '../message/decode.ts'
import { converseInPieces, loggedIn, testAccount } from '../testing/conversation.ts'

const parts = [
  'Content-Transfer-Encoding: base64\r\n\r\naGVs\r\nbG8h\r\n',
  'Content-Transfer-Encoding: quoted-printable\r\n\r\na=3Db=\r\nc =E4=\r\n',
  'Content-Transfer-Encoding: base64\r\n\r\nYQBi\r\n',
  'Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin\r\n',
  '\r\nplain\r\n',
]

function mixed(): Uint8Array {
  const body = parts.map(part => `--B\r\n${part}`).join('')
  return bytesOf(`Content-Type: multipart/mixed; boundary=B\r\n\r\n${body}--B--\r\n`)
}

const script = `S: * OK …
  C: 0 LOGIN alice@camp.alt pw
  S: 0 OK …
  C: 1 EXAMINE INBOX
  S: * FLAGS …
  S: * OK [PERMANENTFLAGS …
  S: * 1 EXISTS
  S: * 0 RECENT
  S: * OK [UNSEEN 1] First unseen
  S: * OK [UIDVALIDITY …
  S: * OK [UIDNEXT 2] Predicted next UID
  S: * OK [HIGHESTMODSEQ …
  S: 1 OK …
  C: 2 FETCH 1 (BINARY.SIZE[1] BINARY[1] BINARY.PEEK[1]<1.3> BINARY[1]<99.1>)
  S: * 1 FETCH (BINARY.SIZE[1] 6 BINARY[1] {6}
  S: hello! BINARY[1]<1> {3}
  S: ell BINARY[1]<99> "")
  S: 2 OK Fetch completed
  C: 3 FETCH 1 (BINARY[2] BINARY[3] BINARY[5] BINARY[6] BINARY.SIZE[6])
  S: * 1 FETCH (BINARY[2] {6}
  S: a=bc \u00e4 BINARY[3] ~{3}
  S: a\0b BINARY[5] {5}
  S: plain BINARY[6] NIL BINARY.SIZE[6] 0)
  S: 3 OK Fetch completed
  C: 4 FETCH 1 BINARY[4]
  S: 4 NO [UNKNOWN-CTE] The encoding of this part is not known
  C: 5 FETCH 1 BINARY[1.MIME]
  S: 5 BAD Unknown section
  C: 6 FETCH 1 BINARY.SIZE[1]<0.1>
  S: 6 BAD …
  C: 7 FETCH 1 BINARY.SIZE[]
  S: * 1 FETCH (BINARY.SIZE[] ${mixed().length})
  S: 7 OK Fetch completed
`

test.each([64 * 1024, 1])(
  'parts decoded, where messages up to %d bytes are read as a whole',
  async wholeMessageBytesMax => {
    await converseInPieces(script, () => {
      const account = testAccount()
      account.deliver(mixed())
      return { account, options: { limits: { wholeMessageBytesMax } } }
    })
  },
)

test('BINARY without PEEK marks as seen', async () => {
  const account = testAccount()
  account.deliver(mixed())
  const client = await loggedIn({ account })
  await client.command('1 SELECT INBOX')
  await client.command('2 FETCH 1 (BINARY.PEEK[1] BINARY.SIZE[1])')
  expect((await client.command('3 FETCH 1 FLAGS')).at(0)).toBe('* 1 FETCH (FLAGS ())')
  await client.command('4 FETCH 1 BINARY[1]')
  expect((await client.command('5 FETCH 1 FLAGS')).at(0)).toBe('* 1 FETCH (FLAGS (\\Seen))')
})

test('encodings come off whatever the cuts, and nonsense in them does no harm', () => {
  const cases = [
    ['base64', 'aGVsbG8=d29ybGQ=', 'helloworld'],
    ['base64', 'a G\xff?V=s\0b', 'he\xb1'],
    ['quoted-printable', 'a=\r\nb=\nc=3d=3D=zz=4=\rx=', 'abc===zz=4=\rx'],
  ] as const
  for (const [encoding, text, expected] of cases) {
    for (const size of [1, 2, 3, 100]) {
      const decoder = decoderOf(encoding)
      let found = ''
      for (let at = 0; at < text.length; at += size) {
        for (const byte of decoder?.push(bytesOf(text.slice(at, at + size))) ?? []) found += String.fromCharCode(byte)
      }
      expect(found, `${encoding} ${size}`).toBe(expected)
    }
  }
})
