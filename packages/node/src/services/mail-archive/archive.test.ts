import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Folder, MailAccount, Refusal } from '@posthorn/imap'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HandClock } from '../../base/hand-clock.ts'
import { scratchDirectory } from '../../stores/files/scratch-directory.ts'
import type { MailboxStore } from '../../stores/mailbox/index.ts'
import { memoryMailbox } from '../../stores/mailbox/memory.ts'
import { type ArchiveFormat, openArchive, putArchive, takeArchive } from './index.ts'

const user = 'alice'
const messageBytesMax = 1024 * 1024

function present<T extends object>(value: T | Refusal): T {
  if ('refused' in value) throw new Error(value.text)
  return value
}

interface Letter {
  readonly text: string
  readonly flags: readonly string[]
  readonly internalDate: number
}

function mailbox() {
  const store = memoryMailbox({ clock: new HandClock() })
  return { store, account: store.account(user, 'alice@example') }
}

async function put(account: MailAccount, name: string, letters: readonly Letter[]): Promise<void> {
  await account.create(name)
  for (const { text, flags, internalDate } of letters) {
    const bytes = Buffer.from(text, 'latin1')
    const source = (async function* () {
      yield bytes
    })()
    present(await account.append(name, source, { flags, internalDate, sizeBytes: bytes.length }))
  }
}

async function textOf(folder: Folder, uid: number): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of (await folder.read(uid)) ?? []) chunks.push(chunk)
  return Buffer.concat(chunks).toString('latin1')
}

async function lettersIn(account: MailAccount, name: string): Promise<Letter[]> {
  const folder = present(await account.open(name))
  const { added } = await folder.changes(0)
  const letters: Letter[] = []
  for (const { uid, flags, internalDate } of added) {
    letters.push({ text: await textOf(folder, uid), flags, internalDate })
  }
  return letters
}

async function contents(account: MailAccount): Promise<Record<string, Letter[]>> {
  const all: Record<string, Letter[]> = {}
  for (const { name } of await account.folders()) all[name] = await lettersIn(account, name)
  return all
}

interface TakeChanges {
  readonly into?: string
  readonly format?: ArchiveFormat
  readonly signal?: AbortSignal
  readonly onProgress?: () => void
}

async function take(store: MailboxStore, path: string, changes: TakeChanges = {}) {
  const { folders } = await openArchive(path, changes.format)
  return takeArchive({
    ...{ mailbox: store, account: store.account(user, 'alice@example'), user, folders, messageBytesMax },
    into: changes.into ?? null,
    signal: changes.signal ?? new AbortController().signal,
    onProgress: changes.onProgress ?? (() => {}),
  })
}

async function give(account: MailAccount, target: string, format: 'mbox' | 'maildir', folder: string | null = null) {
  const signal = new AbortController().signal
  return putArchive({ account, folder, format, target, signal, onProgress: () => {} })
}

const letter = (text: string): Letter => ({
  text: `Subject: ${text}\r\n\r\n${text}\r\n`,
  flags: [],
  internalDate: 1000,
})

test.each(['mbox', 'maildir'] as const)(
  'out as %s and in again: the same bytes, flags and dates; a second time nothing',
  async format => {
    const text = fc.array(fc.constantFrom('From ', '>', '\r\n', '\r', 'x', '\r\n\r\n', '\0\xff', 'A: b'), {
      maxLength: 12,
    })
    const one = fc.record({
      text: text.map(pieces => pieces.join('')),
      flags: fc.subarray(['\\Answered', '\\Deleted', '\\Draft', '\\Flagged', '\\Seen', '$Forwarded', 'Zebra', 'apple']),
      internalDate: fc.nat(2_000_000_000).map(seconds => seconds * 1000),
    })
    const folder = fc.array(one, { maxLength: 4 })
    const everything = fc.record({ INBOX: folder, 'Work/Ä.b': folder, 'a&b': folder })
    await fc.assert(
      fc.asyncProperty(everything, async folders => {
        const from = mailbox()
        for (const [name, letters] of Object.entries(folders)) await put(from.account, name, letters)
        const target = join(await scratchDirectory(), 'out')
        await give(from.account, target, format)
        const to = mailbox()
        await take(to.store, target)
        const before = await contents(from.account)
        const after = await contents(to.account)
        // A Maildir has no order but that of the dates.
        const sorted = (letters: Letter[]) => letters.map(found => JSON.stringify(found)).sort()
        for (const name of Object.keys(folders)) expect(sorted(after[name] ?? [])).toEqual(sorted(before[name] ?? []))
        const again = await take(to.store, target)
        expect(again.folders.every(({ taken }) => taken === 0)).toBe(true)
        expect(await contents(to.account)).toEqual(after)
      }),
      { numRuns: 40 },
    )
  },
)

describe('in', () => {
  test('a letter that is there already is left alone, also one that came by mail; twins stay twins', async () => {
    const { store, account } = mailbox()
    await put(account, 'INBOX', [letter('one')])
    const path = join(await scratchDirectory(), 'mbox')
    const line = 'From x Thu Nov 22 05:47:07 2026\n'
    const entry = (text: string) => `${line}Subject: ${text}\n\n${text}\n\n`
    await writeFile(path, ['one', 'two', 'two', 'one'].map(entry).join(''))
    expect((await take(store, path)).folders).toEqual([{ name: 'INBOX', taken: 3, present: 1, skipped: 0 }])
    expect((await take(store, path)).folders).toEqual([{ name: 'INBOX', taken: 0, present: 4, skipped: 0 }])
    // Read meanwhile by the other program: the same letter.
    await writeFile(path, `${line}Status: RO\nSubject: two\n\ntwo\n\n`)
    expect((await take(store, path)).folders).toMatchObject([{ taken: 0, present: 1 }])
  })

  test('what was cut off goes on where it stopped', async () => {
    const { store, account } = mailbox()
    const path = join(await scratchDirectory(), 'mbox')
    const entries = Array.from({ length: 900 }, (_, at) => `From x Thu Nov 22 05:47:07 2026\nA: ${at}\n\n`)
    await writeFile(path, entries.join(''))
    const stop = new AbortController()
    let steps = 0
    const onProgress = () => {
      steps += 1
      if (steps === 600) stop.abort()
    }
    await expect(take(store, path, { signal: stop.signal, onProgress })).rejects.toMatchObject({ name: 'AbortError' })
    const kept = (await lettersIn(account, 'INBOX')).length
    expect(kept).toBe(512)
    expect((await take(store, path)).folders).toMatchObject([{ taken: 900 - kept, present: kept }])
    expect(new Set((await lettersIn(account, 'INBOX')).map(({ text }) => text)).size).toBe(900)
  })

  test('letters that are too large are named and left out; large ones are streams', async () => {
    const { store, account } = mailbox()
    const path = join(await scratchDirectory(), 'mbox')
    const entry = (bytes: number) => `From x Thu Nov 22 05:47:07 2026\nA: b\n\n${'x'.repeat(bytes)}\n\n`
    await writeFile(path, [10, messageBytesMax, 700_000, 20].map(entry).join(''))
    const { folders, skipped } = await take(store, path)
    expect(folders).toEqual([{ name: 'INBOX', taken: 3, present: 0, skipped: 1 }])
    expect(skipped).toEqual([
      { where: 'mbox, letter 2 (byte 50)', reason: `it is larger than ${messageBytesMax} bytes` },
    ])
    expect((await lettersIn(account, 'INBOX')).map(({ text }) => text.length)).toEqual([20, 700_010, 30])
  })

  test('a Maildir with folders, keywords of Dovecot and dates; links and pipes are passed over', async () => {
    const { store, account } = mailbox()
    const root = await scratchDirectory()
    for (const folder of ['', '.Work.&AMQ-b', '.Ä', '.Empty']) {
      for (const name of ['cur', 'new', 'tmp']) await mkdir(join(root, folder, name), { recursive: true })
    }
    const file = async (path: string, text: string) => {
      await writeFile(join(root, path), text)
      await utimes(join(root, path), 5000, 5000)
    }
    await file('cur/2.host:2,SFb', 'Subject: two\n\n')
    await file('new/1.host', 'Subject: one\n\n')
    await file('.Work.&AMQ-b/cur/1:2,P', 'Subject: three\n\n')
    await file('.Ä/cur/1:2,', 'Subject: four\n\n')
    await file('cur/.hidden', 'x')
    await file('secret', 'secret')
    await writeFile(join(root, 'dovecot-keywords'), '0 $Label1\n1 work\nrubbish\n')
    await symlink(join(root, 'secret'), join(root, 'cur', 'link'))
    await symlink('/etc', join(root, '.Etc'))
    execFileSync('mkfifo', [join(root, 'new', 'pipe')])
    await take(store, root)
    expect(await lettersIn(account, 'INBOX')).toEqual([
      { text: 'Subject: one\r\n\r\n', flags: [], internalDate: 5_000_000 },
      { text: 'Subject: two\r\n\r\n', flags: ['\\Flagged', '\\Seen', 'work'], internalDate: 5_000_000 },
    ])
    expect(await lettersIn(account, 'Work/Äb')).toMatchObject([{ flags: ['$Forwarded'] }])
    expect(await lettersIn(account, 'Ä')).toMatchObject([{ flags: [] }])
    expect((await account.folders()).map(({ name }) => name).sort()).toEqual(['Empty', 'INBOX', 'Work/Äb', 'Ä'])
    await take(store, root, { into: 'Old' })
    expect(await lettersIn(account, 'Old/Ä')).toHaveLength(1)
    expect(await lettersIn(account, 'Old')).toHaveLength(2)
  })

  test('single letters, and folders of them', async () => {
    const { store, account } = mailbox()
    const root = await scratchDirectory()
    await writeFile(join(root, 'a.eml'), 'Status: R\nSubject: x\n\nFrom me\n')
    await writeFile(join(root, 'b.eml'), 'Subject: y\n\n')
    await symlink(join(root, 'b.eml'), join(root, 'c.eml'))
    await take(store, join(root, 'a.eml'))
    await take(store, root)
    expect((await lettersIn(account, 'INBOX')).map(({ text }) => text)).toEqual([
      'Status: R\r\nSubject: x\r\n\r\nFrom me\r\n',
      'Subject: y\r\n\r\n',
    ])
  })

  test('what holds no mail is refused, and so are folders that cannot be', async () => {
    const { store } = mailbox()
    const root = await scratchDirectory()
    await mkdir(join(root, 'empty'))
    await writeFile(join(root, 'x.eml'), 'x')
    execFileSync('mkfifo', [join(root, 'pipe')])
    await expect(take(store, join(root, 'none'))).rejects.toMatchObject({ code: 'source-missing' })
    await expect(take(store, join(root, 'pipe'))).rejects.toMatchObject({ code: 'source-unreadable' })
    // An import reads no standard input, and does not advise to use it.
    await expect(take(store, '/dev/null')).rejects.toThrow(/^\/dev\/null is neither a file nor a folder\.$/)
    await expect(take(store, join(root, 'empty'))).rejects.toMatchObject({ code: 'no-mail' })
    await expect(take(store, join(root, 'x.eml'), { format: 'maildir' })).rejects.toMatchObject({ code: 'no-mail' })
    await expect(take(store, root, { into: 'a//b' })).rejects.toMatchObject({ code: 'folder-refused' })
  })
})

describe('out', () => {
  test('nothing is written over; an unfinished mbox leaves nothing', async () => {
    const { account } = mailbox()
    await put(account, 'INBOX', [letter('one')])
    const root = await scratchDirectory()
    await give(account, join(root, 'mbox'), 'mbox', 'INBOX')
    await expect(give(account, join(root, 'mbox'), 'mbox', 'INBOX')).rejects.toMatchObject({ code: 'file-exists' })
    await expect(give(account, join(root, 'x'), 'mbox', 'None')).rejects.toMatchObject({ code: 'unknown-folder' })
    const stop = AbortSignal.abort()
    const options = { account, folder: 'INBOX', format: 'mbox', target: join(root, 'y'), onProgress: () => {} } as const
    await expect(putArchive({ ...options, signal: stop })).rejects.toMatchObject({ name: 'AbortError' })
    expect(await readdir(root)).toEqual(['mbox'])
    expect(await readFile(join(root, 'mbox'), 'latin1')).toBe(
      'From MAILER-DAEMON Thu Jan  1 00:00:01 1970\n' + 'X-Posthorn-Mbox: lines=1\nStatus: O\nSubject: one\n\none\n\n',
    )
  })

  test('a Maildir that was begun is gone on with', async () => {
    const { account } = mailbox()
    await put(account, 'INBOX', [letter('one'), letter('two')])
    const root = join(await scratchDirectory(), 'out')
    await give(account, root, 'maildir')
    const names = await readdir(join(root, 'cur'))
    expect(names.length).toBe(2)
    await truncate(join(root, 'cur', names[0] ?? ''), 3)
    await put(account, 'INBOX', [letter('three')])
    await give(account, root, 'maildir')
    expect((await readdir(join(root, 'cur'))).length).toBe(3)
    expect(await readFile(join(root, 'cur', names[0] ?? ''), 'latin1')).toHaveLength(3)
  })
})
