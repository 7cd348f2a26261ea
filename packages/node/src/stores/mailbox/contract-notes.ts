/** What every mailbox store must do for searches: answers are exact, or it says that it does not know. */
import type { Folder, TextPlace } from '@posthorn/imap'
import { expect, test } from 'vitest'
import type { MailboxStore } from './mailbox.ts'
import { bodyOf, delivery, type MakeMailbox, ready } from './testing.ts'

const body: TextPlace = { kind: 'body' }
const text: TextPlace = { kind: 'text' }
const header = (name: string): TextPlace => ({ kind: 'header', name })

export async function noteAll(store: MailboxStore): Promise<void> {
  while (await store.noteLetters());
}

/** Uids, or that all have to be read. */
export async function find(folder: Folder, place: TextPlace, needle: string, range = { fromUid: 1, toUid: 9999 }) {
  const answer = await folder.notes?.find({ place, needle, ...range })
  return { found: [...(answer?.found ?? [])].sort((a, b) => a - b), unknown: [...(answer?.unknown ?? [])] }
}

async function filled(make: MakeMailbox, ...letters: string[]) {
  const store = await make()
  const mail = await ready(store)
  for (const [at, letter] of letters.entries()) {
    await store.deliver(delivery(`l${at}`, { body: bodyOf(letter), messageId: null }))
  }
  await noteAll(store)
  return { store, ...mail }
}

export function notesContract(make: MakeMailbox): void {
  test('texts are found where they are, of any length, and nothing else is', async () => {
    const { inbox } = await filled(
      make,
      'Subject: Harbour "news"\r\nX-Empty:\r\n\r\nthe sluice is open\r\n',
      'Subject: none\r\nCc: harbour@x\r\n\r\nsub\r\nject: harbour o_p 100%\r\n',
      'Subject: =?utf-8?q?=E6=97=A5=E6=9C=AC=E8=AA=9E?=\r\nAutocrypt: addr=x\r\n\r\n\xc3\x84 x\r\n',
    )
    const cases: [TextPlace, string, number[]][] = [
      [text, 'harbour', [1, 2]],
      [body, 'harbour', [2]],
      [header('subject'), 'harbour', [1]],
      [header('cc'), 'harbour', [2]],
      [header('subject'), '"news"', [1]],
      [header('x-empty'), '', [1]],
      [header('cc'), '', [2]],
      [header('sub'), '', []],
      [body, 'sub ject: h', [2]],
      [body, 'o', [1, 2]],
      [body, 'ä ', [3]],
      [text, '日本語', [3]],
      [text, '本', [3]],
      [body, 'o_p', [2]],
      [body, '%', [2]],
      [text, 'open OR none', []],
      [text, 'the sluice is open', [1]],
      [text, 'a needle that is longer than all of the texts that there are', []],
    ]
    for (const [place, needle, uids] of cases) {
      expect(await find(inbox, place, needle), `${place.kind} ${needle}`).toEqual({ found: uids, unknown: [] })
    }
    expect(await find(inbox, text, 'harbour', { fromUid: 2, toUid: 3 })).toEqual({ found: [2], unknown: [] })
    // Keys are not noted: such fields have to be read.
    expect(await find(inbox, header('autocrypt'), 'x')).toEqual({ found: [], unknown: [1, 2, 3] })
  })

  test('a letter with more text than is noted has to be read', async () => {
    const { inbox } = await filled(
      make,
      `Subject: long\r\n\r\n${'word '.repeat(60_000)}end\r\n`,
      'Subject: b\r\n\r\nword\r\n',
    )
    expect(await find(inbox, body, 'word')).toEqual({ found: [1, 2], unknown: [1] })
    expect(await find(inbox, body, 'end')).toEqual({ found: [], unknown: [1] })
  })

  test('summaries are those of the letters', async () => {
    const ids = 'Message-ID: <1@x>\r\nReferences: <a@x> <b@x>'
    const { inbox } = await filled(
      make,
      `Subject: Re: b\r\nFrom: Zoe <z@x>\r\nDate: 2 Jan 1970 00:00:01 +0000\r\n${ids}\r\n\r\n`,
      'To: "\u0000x" <t@x>\r\nCc: c@x\r\n\r\n',
    )
    const of = async (field: Parameters<NonNullable<Folder['notes']>['summaries']>[0]) => {
      return Object.fromEntries((await inbox.notes?.summaries(field)) ?? [])
    }
    expect(await of('sentAt')).toEqual({ 1: 86_401_000, 2: null })
    expect(await of('sentDay')).toEqual({ 1: 1, 2: null })
    expect(await of('subject')).toEqual({ 1: 'B', 2: '' })
    expect(await of('isReply')).toEqual({ 1: 1, 2: 0 })
    expect(await of('from')).toEqual({ 1: 'Z', 2: '' })
    expect(await of('displayFrom')).toEqual({ 1: 'ZOE', 2: '' })
    expect(await of('to')).toEqual({ 1: '', 2: 'T' })
    expect(await of('cc')).toEqual({ 1: '', 2: 'C' })
    expect(await of('messageId')).toEqual({ 1: '1@x', 2: '' })
    expect(await of('references')).toEqual({ 1: 'a@x b@x', 2: '' })
  })

  test('headers are those of the letters; large ones are not kept', async () => {
    const small = 'Subject: gr\xfcn\r\nX: y\r\n'
    const { inbox } = await filled(make, `${small}\r\nbody\r\n`, `X-Large: ${'x'.repeat(20_000)}\r\n\r\nbody\r\n`)
    const structure = '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 6 1 NIL NIL NIL NIL)'
    const noted = { text: small, bodyStart: small.length + 2, structure }
    expect(await inbox.notes?.headers([3, 2, 1])).toEqual(new Map([[1, noted]]))
    expect(await inbox.notes?.headers([])).toEqual(new Map())
  })

  test('headers asked for together are each their own, whatever bytes they have', async () => {
    const heads = ['X: \u0000\xff\xc3\r\n', '', 'Subject: \xf0\x9f\r\nX-No: a,"b"\r\n', 'X: \u0000\r\n']
    const { inbox } = await filled(make, ...heads.map((head, at) => `${head}\r\nbody ${at}\r\n`))
    const all = await inbox.notes?.headers([4, 1, 9, 2, 3])
    expect(heads.map((_, at) => all?.get(at + 1)?.text)).toEqual(heads)
    expect(heads.map((_, at) => all?.get(at + 1)?.bodyStart)).toEqual(heads.map(head => head.length + 2))
    expect(all?.size).toBe(4)
  })

  test('copies and moved letters are found where they are now; expunged ones nowhere', async () => {
    const { store, account, inbox } = await filled(make, 'Subject: a\r\n\r\nsluice\r\n', 'Subject: b\r\n\r\nsluice\r\n')
    await inbox.copy([1], 'INBOX')
    await account.create('Other')
    await inbox.move([2], 'Other')
    await inbox.storeFlags([1], 'add', ['\\Deleted'])
    await inbox.expunge('all')
    await noteAll(store)
    const other = await account.open('Other')
    if ('refused' in other) throw new Error(other.text)
    expect(await find(inbox, body, 'sluice')).toEqual({ found: [3], unknown: [] })
    expect(await find(other, text, 'sluice')).toEqual({ found: [1], unknown: [] })
    expect([...((await inbox.notes?.summaries('subject')) ?? [])]).toEqual([[3, 'A']])
  })

  test('nothing of another person is found', async () => {
    const { store, inbox } = await filled(make, 'Subject: a\r\n\r\nmine\r\n')
    const mallory = store.account('mallory', 'mallory@example')
    await mallory.releaseHeld()
    await store.deliver(
      delivery('m', { user: 'mallory', body: bodyOf('Subject: m\r\n\r\nsecret\r\n'), messageId: null }),
    )
    await noteAll(store)
    expect(await find(inbox, text, 'secret')).toEqual({ found: [], unknown: [] })
    const theirs = await mallory.open('INBOX')
    if ('refused' in theirs) throw new Error(theirs.text)
    expect(await find(theirs, text, 'mine')).toEqual({ found: [], unknown: [] })
    expect(await find(theirs, text, 'secret', { fromUid: 0, toUid: 4_294_967_295 })).toEqual({
      found: [1],
      unknown: [],
    })
  })
}
