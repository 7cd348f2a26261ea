/** Whatever comes in: nothing is thrown at the host or is a fault of ours, nothing hangs, and the end is the end. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { binaryOf } from './grammar/bytes.ts'
import { letter, loggedIn, TestClient, testAccount, testOptions } from './testing/conversation.ts'
import { tries } from './testing/fuzzing.ts'

const seeds = [
  'UID FETCH 1:500 (UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE)])',
  'FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE BODY[1.MIME]<0.10> RFC822)',
  'STORE 1,2:* +FLAGS.SILENT (\\Seen todo)',
  'SEARCH OR (FROM "bob" NOT SEEN) SINCE 1-Jan-2026 CHARSET',
  'APPEND "INBOX" (\\Seen) "17-Jul-1996 02:44:25 -0700" {5+}\r\nhello',
  'LIST "" "&AOQ-*%"',
  'STATUS {5+}\r\nINBOX (MESSAGES UIDNEXT)',
  'UID COPY 1:2 "Trash"',
  'IDLE\r\nDONE',
  'GETMETADATA "" (/shared/comment)',
  'SELECT INBOX (CONDSTORE)',
  'SELECT INBOX (QRESYNC (1700000000 2 1:9 (1,2 1,2)))',
  'ENABLE QRESYNC CONDSTORE IMAP4rev2 UTF8=ACCEPT',
  'UID FETCH 1:* (FLAGS MODSEQ) (CHANGEDSINCE 1 VANISHED)',
  'STORE 1:2 (UNCHANGEDSINCE 3) +FLAGS (x)',
  'NOTIFY SET STATUS (SELECTED (MessageNew (UID FLAGS) MessageExpunge FlagChange)) (SUBTREE (a b) (MailboxName))',
  'APPEND INBOX UTF8 (~{5+}\r\nhello)',
  'ID ("name" "Delta Chat" "version" NIL)',
]

const alphabet = ' ()[]<>{}"\\*%:,.+-~\r\n\0aZ09&=\u00e9\u00ff'

const mutation = fc.record({
  kind: fc.constantFrom('insert', 'delete', 'repeat', 'swap'),
  at: fc.nat(120),
  piece: fc.oneof(fc.constantFrom(...alphabet.split('')), fc.constantFrom(...seeds), fc.constant('{4294967295+}\r\n')),
})

function mutated(text: string, changes: readonly { kind: string; at: number; piece: string }[]): string {
  let result = text
  for (const { kind, at, piece } of changes) {
    const where = at % (result.length + 1)
    if (kind === 'insert') result = result.slice(0, where) + piece + result.slice(where)
    if (kind === 'delete') result = result.slice(0, where) + result.slice(where + 1)
    if (kind === 'repeat') result = result.slice(0, where) + result.slice(Math.max(0, where - 10))
    if (kind === 'swap') result = result.slice(where) + result.slice(0, where)
  }
  return result
}

/** After this many bytes of rubbish the stream is certainly in step again, or was ended. */
async function comesToRest(client: TestClient): Promise<void> {
  await client.send(`\r\n${'x'.repeat(2000)}\r\n`)
  await client.rest()
  client.connection.end('done')
  await client.rest()
  expect(client.closed).toBe(true)
  expect(client.connection.state).toBe('logout')
}

function errors(client: TestClient): unknown[] {
  return client.events.flatMap(event => (event.kind === 'error' ? [event.error] : []))
}

test('mutated commands', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(...seeds), fc.array(mutation, { maxLength: 6 })), {
        minLength: 1,
        maxLength: 6,
      }),
      async commands => {
        const account = testAccount()
        account.deliver(letter('one'))
        account.deliver(letter('two'))
        const client = await loggedIn({ account })
        await client.command('0 SELECT INBOX')
        for (const [index, [seed, changes]] of commands.entries()) {
          await client.send(`a${index} ${mutated(seed, changes)}\r\n`)
        }
        await comesToRest(client)
        expect(errors(client)).toEqual([])
      },
    ),
    tries(400, 11),
  )
})

test('random bytes, before and after login', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }),
      fc.boolean(),
      async (chunks, inside) => {
        const client = inside ? await loggedIn() : new TestClient(testOptions())
        for (const chunk of chunks) await client.send(binaryOf(chunk))
        await comesToRest(client)
        expect(errors(client)).toEqual([])
      },
    ),
    tries(200, 12),
  )
})

test('random messages: every item can be fetched and the answer can be counted over', async () => {
  const line = fc.constantFrom(
    'Content-Type: multipart/mixed; boundary=b',
    'Content-Type: multipart/digest; boundary="b c"',
    'Content-Type: message/rfc822',
    'Content-Type: text/plain; charset="x\\"y',
    'Content-Disposition: attachment; filename*0="a"; filename*1*=b',
    'From: "a\\" <b@c>, d: e@f, (comment) ;;,<>',
    ' folded',
    ':',
    '--b',
    '--b c',
    '--b--',
    '',
    '',
    '\0\u00e4\u0001',
    'x'.repeat(300),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 30 }), fc.constantFrom('\r\n', '\n'), async (lines, end) => {
      const account = testAccount()
      account.deliver(Uint8Array.from(lines.join(end), sign => sign.charCodeAt(0)))
      const client = await loggedIn({ account })
      await client.command('0 SELECT INBOX')
      const items = 'ENVELOPE BODY BODYSTRUCTURE BODY[1] BODY[1.1.MIME] BODY[2.HEADER] BODY[1.TEXT]<1.5> BODY[TEXT]'
      await client.send(`1 FETCH 1 (${items})\r\n2 SEARCH TEXT x\r\n3 NOOP\r\n`)
      const rest = await client.rest()
      expect(rest.endsWith('3 OK Noop completed\r\n')).toBe(true)
      expect(rest).toContain('1 OK Fetch completed\r\n')
      expect(errors(client)).toEqual([])
    }),
    tries(200, 13),
  )
})
