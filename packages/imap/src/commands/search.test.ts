/** SEARCH with RETURN and `$`, SORT and THREAD, of stores that note nothing, something and all of their messages. */
import { describe, expect, test } from 'vitest'
import { bytesOf } from '../grammar/bytes.ts'
import { memoryNotes } from '../memory/notes.ts'
import { loggedIn, TEST_NOW, testAccount } from '../testing/conversation.ts'
import { withNotes } from '../testing/notes.ts'

const DAY_SECONDS = 86_400

interface Letter {
  readonly head: string
  readonly body?: string
}

const ids = 'Message-ID: <2@x>\r\nReferences: <1@x>'
const key = 'Autocrypt: addr=carol@x; keydata=SECRET'
const letters: readonly Letter[] = [
  {
    head: `Subject: Re: alpha\r\nFrom: Zoe <bob@x>\r\nDate: 3 Mar 2026 10:00:00 +0000\r\n${ids}`,
    body: 'one needle',
  },
  {
    head: 'Subject: alpha\r\nFrom: Adam <zed@x>\r\nDate: 1 Mar 2026 10:00:00 +0000\r\nMessage-ID: <1@x>',
    body: 'two haystack',
  },
  {
    head: `Subject: =?utf-8?q?=C3=84pfel?=\r\nFrom: carol@x\r\nCc: x@y\r\nMessage-ID: <3@x>\r\n${key}`,
    body: `${'x'.repeat(3000)} needle`,
  },
  {
    head: 'Subject: beta\r\nFrom: dave@x\r\nDate: 2 Mar 2026 23:30:00 -0800\r\nX-Odd:\r\nReferences: <9@x>',
    body: 'ab',
  },
]

const stores: Readonly<
  Record<string, { textLettersMax: number; notedHeaderBytesMax: number; unnoted?: ReadonlySet<number> } | undefined>
> = {
  'that notes nothing': undefined,
  'that notes everything': { textLettersMax: 100_000, notedHeaderBytesMax: 1000 },
  'that notes beginnings only': { textLettersMax: 60, notedHeaderBytesMax: 60 },
  'that has not noted all': { textLettersMax: 100_000, notedHeaderBytesMax: 1000, unnoted: new Set([1, 3]) },
}

async function opened(store: keyof typeof stores) {
  const account = testAccount()
  const stored = letters.map(({ head, body = '' }, at) => ({
    uid: at + 1,
    bytes: bytesOf(`${head}\r\n\r\n${body}\r\n`),
  }))
  for (const { bytes } of stored) account.deliver(bytes)
  const options = stores[store]
  const mail =
    options === undefined
      ? account
      : withNotes(
          account,
          memoryNotes(() => stored, options),
        )
  const client = await loggedIn({ account, options: { authenticate: async () => mail } })
  await client.command('0 SELECT INBOX')
  return client
}

describe.each(Object.keys(stores))('a store %s', store => {
  test('SEARCH finds the same', async () => {
    const client = await opened(store)
    const cases: [string, string][] = [
      ['SUBJECT alpha', ' 1 2'],
      ['CHARSET UTF-8 SUBJECT "\xc3\xa4PF"', ' 3'],
      ['FROM "zo"', ' 1'],
      ['TEXT zed', ' 2'],
      ['BODY needle', ' 1 3'],
      ['BODY ab', ' 4'],
      ['TEXT ""', ' 1 2 3 4'],
      ['NOT BODY needle', ' 2 4'],
      ['OR BODY haystack CC x@y', ' 2 3'],
      ['HEADER X-Odd ""', ' 4'],
      ['HEADER Autocrypt secret', ' 3'],
      ['TEXT keydata', ''],
      ['HEADER References 9@', ' 4'],
      ['SENTON 2-Mar-2026', ' 4'],
      ['SENTSINCE 3-Mar-2026', ' 1 3'],
      ['BODY needle UID 2:4', ' 3'],
    ]
    for (const [keys, found] of cases)
      expect((await client.command(`1 SEARCH ${keys}`))[0], keys).toBe(`* SEARCH${found}`)
  })

  test('FETCH tells the same of headers', async () => {
    const client = await opened(store)
    const items = 'ENVELOPE BODY.PEEK[HEADER.FIELDS (SUBJECT X-ODD)] BODY.PEEK[TEXT]'
    const answer = (await client.command(`1 FETCH 4 (${items})`)).join('|')
    expect(answer).toContain('ENVELOPE ("2 Mar 2026 23:30:00 -0800" "beta" ')
    expect(answer).toContain('BODY[HEADER.FIELDS (SUBJECT X-ODD)] {25}|Subject: beta|X-Odd:|| BODY[TEXT] {4}|ab|)')
  })

  test('SORT gives the same order', async () => {
    const client = await opened(store)
    const cases: [string, string][] = [
      // The third has no Date: the day it came counts.
      ['(DATE)', ' 2 4 1 3'],
      ['(REVERSE DATE)', ' 3 1 4 2'],
      ['(SUBJECT)', ' 1 2 3 4'],
      ['(REVERSE SUBJECT DATE)', ' 4 3 2 1'],
      ['(FROM)', ' 1 3 4 2'],
      ['(DISPLAYFROM)', ' 2 3 4 1'],
      ['(CC REVERSE ARRIVAL SIZE)', ' 4 2 1 3'],
      ['(TO)', ' 1 2 3 4'],
    ]
    for (const [keys, order] of cases)
      expect((await client.command(`1 SORT ${keys} UTF-8 ALL`))[0], keys).toBe(`* SORT${order}`)
    expect(await client.command('2 UID SORT (SIZE) US-ASCII BODY needle')).toEqual([
      '* SORT 1 3',
      '2 OK Sort completed',
    ])
  })

  test('THREAD gives the same threads', async () => {
    const client = await opened(store)
    expect((await client.command('1 THREAD REFERENCES UTF-8 ALL'))[0]).toBe('* THREAD (2 1)(4)(3)')
    expect((await client.command('2 UID THREAD ORDEREDSUBJECT UTF-8 ALL'))[0]).toBe('* THREAD (2 1)(4)(3)')
    expect((await client.command('3 THREAD REFERENCES UTF-8 SUBJECT none'))[0]).toBe('* THREAD')
  })
})

test('ESEARCH tells what was asked for, and nothing of what is not there', async () => {
  const client = await opened('that notes everything')
  const answer = async (text: string) => (await client.command(text)).slice(0, -1)
  expect(await answer('a SEARCH RETURN (MIN MAX COUNT) ALL')).toEqual(['* ESEARCH (TAG "a") MIN 1 MAX 4 COUNT 4'])
  expect(await answer('b UID SEARCH RETURN () BODY needle')).toEqual(['* ESEARCH (TAG "b") UID ALL 1,3'])
  expect(await answer('c SEARCH RETURN (all) CHARSET utf-8 2:4')).toEqual(['* ESEARCH (TAG "c") ALL 2:4'])
  expect(await answer('d SEARCH RETURN (ALL COUNT MIN) SUBJECT none')).toEqual(['* ESEARCH (TAG "d") COUNT 0'])
  expect(await answer('e SEARCH RETURN (MAX) SUBJECT none')).toEqual(['* ESEARCH (TAG "e")'])
  for (const bad of [
    'RETURN (WHAT) ALL',
    'RETURN (MIN MIN) ALL',
    'RETURN MIN ALL',
    'RETURN (MIN ALL',
    'RETURN (MIN)',
  ]) {
    expect((await client.command(`f SEARCH ${bad}`)).at(-1), bad).toMatch(/^f BAD/)
  }
})

test('$ is what was saved, as long as it is there', async () => {
  const client = await opened('that notes everything')
  const uids = async (set = '$') => (await client.command(`x UID SEARCH ${set}`))[0]
  expect(await uids()).toBe('* SEARCH')
  expect(await client.command('a SEARCH RETURN (SAVE) BODY needle')).toEqual(['a OK Search completed'])
  expect(await uids()).toBe('* SEARCH 1 3')
  expect(await uids('NOT $')).toBe('* SEARCH 2 4')
  expect((await client.command('b FETCH $ (UID)')).slice(0, -1)).toEqual(['* 1 FETCH (UID 1)', '* 3 FETCH (UID 3)'])
  expect(await client.command('c SEARCH RETURN (SAVE MIN) $ 2:*')).toEqual([
    '* ESEARCH (TAG "c") MIN 3',
    'c OK Search completed',
  ])
  expect(await uids()).toBe('* SEARCH 3')
  await client.command('d SEARCH RETURN (SAVE COUNT MAX) ALL')
  expect(await uids()).toBe('* SEARCH 1 2 3 4')
  await client.command('e STORE 2 +FLAGS.SILENT (\\Deleted)')
  await client.command('f UID EXPUNGE $')
  expect(await uids()).toBe('* SEARCH 1 3 4')
  expect((await client.command('g COPY $ Sent')).at(-1)).toMatch(/^g OK \[COPYUID \d+ 1,3:4 1:3\]/)
  // A search without SAVE, or one that is not understood, changes nothing; one that is refused leaves nothing.
  await client.command('h SEARCH RETURN (COUNT) SUBJECT none')
  await client.command('i SEARCH RETURN (SAVE) WHAT')
  expect(await uids()).toBe('* SEARCH 1 3 4')
  expect((await client.command('j SEARCH RETURN (SAVE) CHARSET KOI8-R ALL')).at(-1)).toMatch(/^j NO \[BADCHARSET/)
  expect(await uids()).toBe('* SEARCH')
  await client.command('k SEARCH RETURN (SAVE) ALL')
  await client.command('l SELECT INBOX')
  expect(await uids()).toBe('* SEARCH')
})

test('IMAP4rev2 answers with ESEARCH, and UTF8=ACCEPT leaves no charset to name', async () => {
  const account = testAccount()
  account.deliver(bytesOf('Subject: one\r\n\r\nx\r\n'))
  const client = await loggedIn({ account })
  await client.command('1 ENABLE IMAP4rev2')
  await client.command('2 SELECT INBOX')
  expect((await client.command('3 SEARCH ALL')).at(0)).toBe('* ESEARCH (TAG "3") ALL 1')
  expect((await client.command('4 UID SEARCH UNSEEN')).at(0)).toBe('* ESEARCH (TAG "4") UID ALL 1')
  await client.command('5 ENABLE UTF8=ACCEPT')
  expect((await client.command('6 SEARCH CHARSET UTF-8 ALL')).at(0)).toMatch(/^6 BAD/)
})

test('OLDER, YOUNGER and MODSEQ', async () => {
  const account = testAccount()
  const client = await loggedIn({ account })
  for (const days of [1, 10]) {
    const date = new Date(TEST_NOW - days * DAY_SECONDS * 1000).toISOString()
    const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][
      Number(date.slice(5, 7)) - 1
    ]
    const time = `${date.slice(8, 10)}-${month}-${date.slice(0, 4)} ${date.slice(11, 19)} +0000`
    await client.command(`0 APPEND INBOX "${time}" {4+}\r\nx: y`)
  }
  await client.command('1 SELECT INBOX')
  const search = async (keys: string) => (await client.command(`2 SEARCH ${keys}`)).at(0)
  expect(await search(`YOUNGER ${2 * DAY_SECONDS}`)).toBe('* SEARCH 1')
  expect(await search(`OLDER ${2 * DAY_SECONDS}`)).toBe('* SEARCH 2')
  expect(await search('OLDER 0')).toMatch(/^2 BAD/)
  // RFC 7162 section 3.1.5: the key switches CONDSTORE on.
  expect(await client.command('2 SEARCH MODSEQ 3')).toEqual([
    '* OK [HIGHESTMODSEQ 3] Highest',
    '* SEARCH 2 (MODSEQ 3)',
    '2 OK Search completed',
  ])
  expect(await search('MODSEQ "/flags/\\\\draft" all 1')).toBe('* SEARCH 1 2 (MODSEQ 3)')
  expect(await search('MODSEQ 900')).toBe('* SEARCH')
  expect(await search('RETURN (MIN) MODSEQ 1')).toBe('* ESEARCH (TAG "2") MIN 1 MODSEQ 2')
  expect(await search('MODSEQ "/flags/x" some 1')).toMatch(/^2 BAD/)
})

test('SORT and THREAD refuse what they do not know', async () => {
  const client = await opened('that notes nothing')
  for (const [command, answer] of [
    ['SORT () UTF-8 ALL', 'BAD'],
    ['SORT (WHAT) UTF-8 ALL', 'BAD'],
    ['SORT (REVERSE) UTF-8 ALL', 'BAD'],
    [`SORT (${'DATE '.repeat(50)}DATE) UTF-8 ALL`, 'NO [LIMIT]'],
    ['SORT (DATE) ALL', 'BAD'],
    ['SORT (DATE) KOI8-R ALL', 'NO [BADCHARSET (US-ASCII UTF-8)]'],
    ['THREAD REFS UTF-8 ALL', 'BAD'],
    ['THREAD REFERENCES KOI8-R ALL', 'NO [BADCHARSET (US-ASCII UTF-8)]'],
    [`SEARCH ${'('.repeat(100)}ALL${')'.repeat(100)}`, 'NO [LIMIT]'],
    [`SEARCH ${'NOT '.repeat(100)}ALL`, 'NO [LIMIT]'],
    [`SEARCH ${'OR ALL '.repeat(100)}ALL`, 'NO [LIMIT]'],
  ] as const) {
    expect((await client.command(`9 ${command}`)).at(-1), command).toContain(`9 ${answer}`)
  }
})
