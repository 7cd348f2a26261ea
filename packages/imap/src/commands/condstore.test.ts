/** CONDSTORE and QRESYNC (RFC 7162). */
import { describe, expect, test } from 'vitest'
import type { MemoryAccount } from '../memory/account.ts'
import {
  converseInPieces,
  letter,
  loggedIn,
  type Script,
  type TestClient,
  testAccount,
} from '../testing/conversation.ts'

const VALIDITY = 1_700_000_000

/** The first letter has the modification sequence 2, the next 3, and so on. */
function filled(count: number): MemoryAccount {
  const account = testAccount()
  for (let number = 1; number <= count; number += 1) account.deliver(letter(`m${number}`))
  return account
}

const login = `S: * OK …
  C: 0 LOGIN alice@camp.alt pw
  S: 0 OK …
`

const opened = (count: number, modseq: number, uidNext: number) => `S: * FLAGS …
  S: * OK [PERMANENTFLAGS …
  S: * ${count} EXISTS
  S: * 0 RECENT
  S: * OK [UNSEEN 1] …
  S: * OK [UIDVALIDITY ${VALIDITY}] …
  S: * OK [UIDNEXT ${uidNext}] …
  S: * OK [HIGHESTMODSEQ ${modseq}] Highest
`

async function client(account: MemoryAccount, ...commands: string[]): Promise<TestClient> {
  const one = await loggedIn({ account })
  for (const command of commands) expect((await one.command(`s ${command}`)).at(-1)).toMatch(/^s OK/)
  return one
}

/** Expunges these uids in another session. */
async function expunge(account: MemoryAccount, uids: string): Promise<void> {
  await client(account, 'SELECT INBOX', `UID STORE ${uids} +FLAGS.SILENT (\\Deleted)`, 'EXPUNGE')
}

describe('CONDSTORE', () => {
  test('MODSEQ, CHANGEDSINCE and STATUS; using any of them switches it on', async () => {
    await converseInPieces(
      `${login}
      C: 1 SELECT INBOX
      ${opened(3, 4, 4)}
      S: 1 OK …
      C: 2 STORE 2 +FLAGS (x)
      S: * FLAGS …
      S: * 2 FETCH (UID 2 FLAGS (x))
      S: 2 OK Store completed
      C: 3 FETCH 1:2 MODSEQ
      S: * OK [HIGHESTMODSEQ 5] Highest
      S: * 1 FETCH (MODSEQ (2))
      S: * 2 FETCH (MODSEQ (5))
      S: 3 OK Fetch completed
      C: 4 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 3)
      S: * 2 FETCH (UID 2 FLAGS (x) MODSEQ (5))
      S: * 3 FETCH (UID 3 FLAGS () MODSEQ (4))
      S: 4 OK Fetch completed
      C: 5 FETCH 1:* (MODSEQ UID) (CHANGEDSINCE 9223372036854775807)
      S: 5 OK Fetch completed
      C: 6 STORE 1 +FLAGS.SILENT (\\Seen)
      S: * 1 FETCH (UID 1 MODSEQ (6))
      S: 6 OK Store completed
      C: 7 STORE 1 FLAGS (\\Seen)
      S: * 1 FETCH (UID 1 FLAGS (\\Seen) MODSEQ (6))
      S: 7 OK Store completed
      C: 8 FETCH 3 BODY[]<0.1>
      S: * 3 FETCH (BODY[]<0> {1}
      S: F)
      S: * 3 FETCH (UID 3 FLAGS (\\Seen) MODSEQ (7))
      S: 8 OK Fetch completed
      C: 9 STATUS INBOX (HIGHESTMODSEQ DELETED)
      S: * STATUS "INBOX" (HIGHESTMODSEQ 7 DELETED 0)
      S: 9 OK Status completed
      C: 10 FETCH 1 FLAGS (CHANGEDSINCE)
      S: 10 BAD …
      C: 11 FETCH 1 FLAGS (FROBNICATE 1)
      S: 11 BAD Unknown FETCH modifier
      `,
      () => ({ account: filled(3) }),
    )
  })

  test.each([
    ['SELECT INBOX (CONDSTORE)', 0],
    ['STATUS INBOX (HIGHESTMODSEQ)', 1],
    ['FETCH 1 (MODSEQ)', 1],
    ['UID FETCH 1 (FLAGS) (CHANGEDSINCE 1)', 1],
    ['STORE 1 (UNCHANGEDSINCE 2) +FLAGS (y)', 1],
    ['ENABLE CONDSTORE', 1],
    ['ENABLE QRESYNC', 1],
  ])('%s: from then on every FETCH that was not asked for has a MODSEQ', async (command, told) => {
    const account = filled(2)
    const one = await client(account, 'SELECT INBOX')
    const first = await one.command(`1 ${command}`)
    const highest = first.filter(line => line.includes('[HIGHESTMODSEQ'))
    // Once: with the folder, or now that the client turns out to want it.
    expect(highest.length - (command.startsWith('SELECT') ? 1 : 0)).toBe(told)
    await client(account, 'SELECT INBOX', 'STORE 2 +FLAGS (x)')
    expect((await one.command('2 NOOP')).find(line => line.includes('FETCH'))).toMatch(
      /^\* 2 FETCH \(UID 2 FLAGS \(x\) MODSEQ \(\d+\)\)$/,
    )
  })

  test('UNCHANGEDSINCE: what changed since is left alone, named, and told', async () => {
    const account = filled(5)
    const other = await client(account, 'SELECT INBOX')
    const one = await client(account, 'SELECT INBOX (CONDSTORE)')
    await other.command('1 STORE 2,4 +FLAGS (theirs)')
    expect(await one.command('1 STORE 1:5 (UNCHANGEDSINCE 6) +FLAGS.SILENT (mine)')).toEqual([
      '* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft theirs mine)',
      '* 2 FETCH (UID 2 FLAGS (theirs) MODSEQ (7))',
      '* 4 FETCH (UID 4 FLAGS (theirs) MODSEQ (8))',
      '* 1 FETCH (UID 1 MODSEQ (9))',
      '* 3 FETCH (UID 3 MODSEQ (10))',
      '* 5 FETCH (UID 5 MODSEQ (11))',
      '1 OK [MODIFIED 2,4] Store completed',
    ])
    expect(await one.command('2 UID STORE 4,5,4 (UNCHANGEDSINCE 8) FLAGS (x)')).toEqual([
      '* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft theirs mine x)',
      '* 4 FETCH (UID 4 FLAGS (x) MODSEQ (12))',
      '* 5 FETCH (UID 5 FLAGS (mine) MODSEQ (11))',
      '2 OK [MODIFIED 5] Store completed',
    ])
    // 0 asks whether the flag exists; every system flag does (RFC 7162 section 3.1.3).
    expect((await one.command('3 STORE 1 (UNCHANGEDSINCE 0) +FLAGS (\\Seen)')).at(-1)).toBe(
      '3 OK [MODIFIED 1] Store completed',
    )
    await expunge(account, '3')
    expect((await one.command('4 STORE 3,5 (UNCHANGEDSINCE 1) +FLAGS (z)')).at(-1)).toBe(
      '4 NO [MODIFIED 5] Some of the messages are no longer there',
    )
  })

  test('while an expunge waits to be told, the client is told to come back to the time before it', async () => {
    const account = filled(3)
    const one = await client(account, 'ENABLE QRESYNC', 'SELECT INBOX')
    await expunge(account, '1')
    const other = await client(account, 'SELECT INBOX')
    await other.command('1 UID STORE 2 +FLAGS (x)')
    const lines = await one.command('1 FETCH 2 (FLAGS MODSEQ)')
    expect(lines.filter(line => !line.includes('FLAGS (\\Ans'))).toEqual([
      '* 2 FETCH (FLAGS (x) MODSEQ (7))',
      '* 2 FETCH (UID 2 FLAGS (x) MODSEQ (7))',
      '* OK [HIGHESTMODSEQ 4] Highest',
      '1 OK Fetch completed',
    ])
    expect(await one.command('2 NOOP')).toEqual([
      '* VANISHED 1',
      '* OK [HIGHESTMODSEQ 7] Highest',
      '2 OK Noop completed',
    ])
  })
})

describe('QRESYNC', () => {
  test('must be enabled first, and its parameters must be right', async () => {
    await converseInPieces(
      `${login}
      C: 1 SELECT INBOX (QRESYNC (${VALIDITY} 2))
      S: 1 BAD Enable QRESYNC first
      C: 2 ENABLE QRESYNC X-NOTHING
      S: * ENABLED QRESYNC
      S: 2 OK Enable completed
      C: 3 SELECT INBOX (QRESYNC (${VALIDITY} 2 1:*))
      S: 3 BAD * is not allowed here
      C: 4 SELECT INBOX (QRESYNC (${VALIDITY}))
      S: 4 BAD …
      C: 5 SELECT INBOX (QRESYNC (${VALIDITY} 2 1:3 (1,2))
      S: 5 BAD …
      C: 6 FETCH 1 FLAGS
      S: 6 BAD Select a folder first
      C: 7 SELECT INBOX (FROBNICATE)
      S: 7 BAD Unknown parameter
      C: 8 EXAMINE INBOX (QRESYNC (1 2 1:3))
      ${opened(1, 2, 2)}
      S: 8 OK [READ-ONLY] Examine completed
      C: 9 FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)
      S: 9 BAD VANISHED goes with UID FETCH and CHANGEDSINCE
      C: 10 UID FETCH 1 FLAGS (VANISHED)
      S: 10 BAD VANISHED goes with UID FETCH and CHANGEDSINCE
      `,
      () => ({ account: filled(1) }),
    )
    const one = await client(filled(1), 'SELECT INBOX')
    expect(await one.command('1 UID FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)')).toEqual(['1 BAD Enable QRESYNC first'])
  })

  test('VANISHED in place of EXPUNGE, and how far the client is now', async () => {
    await converseInPieces(
      `${login}
      C: 1 ENABLE QRESYNC
      S: * ENABLED QRESYNC
      S: 1 OK Enable completed
      C: 2 SELECT INBOX
      ${opened(6, 7, 7)}
      S: 2 OK …
      C: 3 STORE 2:3,5 +FLAGS.SILENT (\\Deleted)
      S: * 2 FETCH (UID 2 MODSEQ (8))
      S: * 3 FETCH (UID 3 MODSEQ (9))
      S: * 5 FETCH (UID 5 MODSEQ (10))
      S: 3 OK Store completed
      C: 4 UID EXPUNGE 1:3
      S: * VANISHED 2:3
      S: * OK [HIGHESTMODSEQ 11] Highest
      S: 4 OK [HIGHESTMODSEQ 11] Expunge completed
      C: 5 UID MOVE 6 Trash
      S: * OK [COPYUID 1700000003 6 1] Moved
      S: * VANISHED 6
      S: * OK [HIGHESTMODSEQ 12] Highest
      S: 5 OK [HIGHESTMODSEQ 12] Move completed
      C: 6 FETCH 1:* UID
      S: * 1 FETCH (UID 1)
      S: * 2 FETCH (UID 4)
      S: * 3 FETCH (UID 5)
      S: 6 OK Fetch completed
      C: 7 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 10 VANISHED)
      S: * VANISHED (EARLIER) 2:3,6
      S: 7 OK Fetch completed
      C: 8 UID FETCH 4:6 (FLAGS) (CHANGEDSINCE 1 VANISHED)
      S: * VANISHED (EARLIER) 6
      S: * 2 FETCH (UID 4 FLAGS () MODSEQ (5))
      S: * 3 FETCH (UID 5 FLAGS (\\Deleted) MODSEQ (10))
      S: 8 OK Fetch completed
      C: 9 CLOSE
      S: 9 OK Close completed
      C: 10 SELECT INBOX (QRESYNC (${VALIDITY} 12))
      ${opened(2, 13, 7)}
      S: * VANISHED (EARLIER) 5
      S: 10 OK [READ-WRITE] Select completed
      C: 11 EXPUNGE
      S: 11 OK Expunge completed
      `,
      (): Script => ({ account: filled(6) }),
    )
  })

  test('what was missed: of all, of the uids the client knows, and what it need not be told', async () => {
    const account = filled(9)
    await expunge(account, '2,3,8')
    await client(account, 'SELECT INBOX', 'UID STORE 4,9 +FLAGS.SILENT (x)')
    account.deliver(letter('new'))
    const one = await client(account, 'ENABLE QRESYNC')
    const missed = async (parameters: string) => {
      const lines = await one.command(`1 SELECT INBOX (QRESYNC (${parameters}))`)
      expect(lines.at(-1)).toBe('1 OK [READ-WRITE] Select completed')
      return lines.filter(line => /VANISHED|FETCH/.test(line))
    }
    const [four, nine] = ['* 2 FETCH (UID 4 FLAGS (x) MODSEQ (15))', '* 6 FETCH (UID 9 FLAGS (x) MODSEQ (16))']
    const ten = '* 7 FETCH (UID 10 FLAGS () MODSEQ (17))'
    expect(await missed(`${VALIDITY} 10`)).toEqual(['* VANISHED (EARLIER) 2:3,8', four, nine, ten])
    expect(await missed(`${VALIDITY} 10 1:7`)).toEqual(['* VANISHED (EARLIER) 2:3', four])
    expect(await missed(`${VALIDITY} 10 3:3000000000`)).toEqual(['* VANISHED (EARLIER) 3,8', four, nine, ten])
    expect(await missed(`${VALIDITY} 15 4294967295`)).toEqual([])
    // The client's sixth message was 9 before as well: it knows all that went below.
    expect(await missed(`${VALIDITY} 10 1:9 (1,6 1,9)`)).toEqual([four, nine])
    expect(await missed(`${VALIDITY} 10 (1:2 1,2)`)).toEqual(['* VANISHED (EARLIER) 2:3,8', four, nine, ten])
    expect(await missed(`${VALIDITY} 10 (1:4294967295 1:4294967295)`)).toEqual([
      '* VANISHED (EARLIER) 2:3,8',
      four,
      nine,
      ten,
    ])
    expect(await missed(`${VALIDITY} 17`)).toEqual([])
    expect(await missed(`${VALIDITY - 1} 10`)).toEqual([])
  })

  test('a message that came and went while the client was away is named: it may have seen it', async () => {
    const account = filled(1)
    account.deliver(letter('brief'))
    await expunge(account, '2')
    const one = await client(account, 'ENABLE QRESYNC')
    expect(await one.command(`1 SELECT INBOX (QRESYNC (${VALIDITY} 2 1:2))`)).toContain('* VANISHED (EARLIER) 2')
  })

  test('another folder closes the one before, whoever asks', async () => {
    const one = await client(filled(1), 'SELECT INBOX')
    expect((await one.command('1 SELECT Drafts'))[0]).toBe('* OK [CLOSED] The folder before is closed')
    expect((await one.command('2 SELECT nowhere'))[0]).toBe('* OK [CLOSED] The folder before is closed')
    expect((await one.command('3 SELECT Drafts'))[0]).toMatch(/^\* FLAGS/)
  })
})
