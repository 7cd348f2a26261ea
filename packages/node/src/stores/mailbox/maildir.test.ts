import { copyFile, mkdir, readdir, rename, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Bench, bench } from './bench.ts'
import { mailboxLimits } from './limits.ts'
import { changedSql, deletedSql, dueChatSql, expungedSql } from './mail-index.ts'
import {
  append,
  at,
  bodyOf,
  delivery,
  inboxOf,
  letter,
  present,
  readText,
  ready,
  subjects,
  TestClock,
  user,
} from './testing.ts'

const lettersIn = async (here: Bench, directory: string) => readdir(join(here.directory, user, directory))

describe('on the disk', () => {
  test('a Maildir of this user alone, with names that say it all', async () => {
    const here = await bench()
    const { account, inbox } = await ready(await here.open(), 'one')
    await inbox.storeFlags([1], 'add', ['\\Seen', '\\Flagged'])
    await account.create('Work/Ä.b')
    const { uidValidity } = await inbox.status()
    const [name = ''] = await lettersIn(here, 'cur')
    const size = letter('one').length
    expect(name).toMatch(new RegExp(`^1700000000\\.D[A-Z2-7]{26}\\.posthorn,U=1-${uidValidity},S=${size}:2,FS$`))
    expect(await here.text(join('cur', name))).toBe(letter('one'))
    expect(await here.mode(join(user, 'cur', name))).toBe(0o600)
    for (const path of ['', 'cur', 'new', 'tmp', 'held', '.Work.&AMQALg-b', '.Work.&AMQALg-b/cur']) {
      expect(await here.mode(join(user, path))).toBe(0o700)
    }
    expect(await here.text('posthorn-uidvalidity')).toBe(
      `posthorn 1\nuidvalidity ${uidValidity}\nuids-below 102\nmodseqs-below 10001\n`,
    )
  })

  test('held mail is a Maildir that no folder shows', async () => {
    const here = await bench()
    const store = await here.open()
    await store.deliver(delivery('one'))
    expect((await lettersIn(here, 'held/new')).length).toBe(1)
    expect((await store.account(user, 'a@b').folders()).map(folder => folder.name)).toEqual(['INBOX'])
    await store.account(user, 'a@b').releaseHeld()
    expect(await lettersIn(here, 'held/new')).toEqual([])
    expect((await lettersIn(here, 'cur')).length).toBe(1)
  })

  test('a removed user is moved aside, again and again', async () => {
    const here = await bench()
    const store = await here.open()
    const { inbox } = await ready(store, 'one')
    const { uidValidity } = await inbox.status()
    await store.remove(user, at)
    const again = await ready(store, 'two')
    expect((await again.inbox.status()).uidValidity).toBeGreaterThan(uidValidity)
    expect(await again.account.folders()).toMatchObject([{ name: 'INBOX', subscribed: true }])
    await store.remove(user, at)
    expect((await readdir(join(here.directory, '.removed'))).sort()).toEqual([`alice-${at}`, `alice-${at}-2`])
    expect(await readdir(join(here.directory, '.removed', `alice-${at}`, 'cur'))).toHaveLength(1)
    expect(await readdir(here.directory)).toEqual(['.removed'])
  })

  test('a user name that could be a path is a fault of the program', async () => {
    const store = await (await bench()).open()
    for (const name of ['..', '.removed', 'a/b', 'A', '', 'a\0', `${'x'.repeat(65)}`]) {
      expect(() => store.account(name, 'x@y')).toThrow('user')
    }
  })
})

describe('when the index is lost', () => {
  async function filled(here: Bench) {
    const store = await here.open()
    const { account, inbox } = await ready(store, 'one', 'two', 'three', 'four')
    await inbox.storeFlags([2], 'add', ['\\Seen', '\\Answered'])
    await inbox.storeFlags([4], 'add', ['\\Deleted'])
    await inbox.expunge('all')
    await account.create('Work')
    await append(account, 'Work', 'five', ['\\Draft'])
    return { store, status: await inbox.status() }
  }

  test('UIDVALIDITY, UIDs, flags, dates and sizes come back from the Maildir, and no UID is used again', async () => {
    const here = await bench()
    const { status } = await filled(here)
    here.loseIndex()
    const store = await here.open()
    const inbox = await inboxOf(store)
    const again = await inbox.status()
    const { uidValidity, messages, unseen, sizeBytes } = status
    expect(again).toMatchObject({ uidValidity, messages, unseen, sizeBytes })
    expect(again.uidNext).toBeGreaterThanOrEqual(5)
    expect(again.highestModseq).toBeGreaterThan(status.highestModseq)
    const { added } = await inbox.changes(0)
    expect(added.map(row => [row.uid, row.flags, row.internalDate])).toEqual([
      [1, [], at],
      [2, ['\\Answered', '\\Seen'], at],
      [3, [], at],
    ])
    const work = present(await store.account(user, 'a@b').open('Work'))
    expect((await work.changes(0)).added).toMatchObject([{ uid: 1, flags: ['\\Draft'], internalDate: at - 1000 }])
    expect(await store.deliver(delivery('three'))).toBe('duplicate')
    expect(await store.deliver(delivery('three', { deliveryId: 'by another road' }))).toBe('duplicate')
    await store.account(user, 'a@b').releaseHeld()
    await store.deliver(delivery('six'))
    expect((await inbox.changes(again.highestModseq)).added).toMatchObject([{ uid: again.uidNext }])
  })

  test('held mail is held still, once', async () => {
    const here = await bench()
    const first = await here.open()
    for (const text of ['one', 'two']) await first.deliver(delivery(text))
    here.loseIndex()
    const store = await here.open()
    expect(await store.deliver(delivery('one'))).toBe('duplicate')
    expect(await store.deliver(delivery('two', { deliveryId: 'x' }))).toBe('duplicate')
    expect(await store.deliver(delivery('three'))).toBe('held')
    const { inbox } = await ready(store)
    expect(await subjects(inbox)).toEqual({ 1: 'one', 2: 'two', 3: 'three' })
  })

  test('rebuild makes the index anew and keeps what only it knows', async () => {
    const here = await bench()
    const { store, status } = await filled(here)
    const account = store.account(user, 'a@b')
    await account.subscribe('Work', true)
    const before = await subjects(await inboxOf(store))
    await store.rebuild()
    const inbox = await inboxOf(store)
    expect(await subjects(inbox)).toEqual(before)
    const { uidValidity } = status
    // The index may have been one of another time: UIDs go on above the mark.
    expect(await inbox.status()).toMatchObject({ uidValidity, uidNext: 102, messages: 3, unseen: 2 })
    expect((await account.folders()).find(folder => folder.name === 'Work')?.subscribed).toBe(true)
    expect(await store.deliver(delivery('four'))).toBe('duplicate')
    expect(await store.deliver(delivery('six'))).toBe('delivered')
    const { added, expunged } = await inbox.changes(status.highestModseq)
    expect(added.map(row => row.uid)).toEqual([1, 2, 3, 102])
    expect(expunged).toContain(4)
  })

  test('the file of the UIDs is written again when it is lost or damaged', async () => {
    const here = await bench()
    const { status } = await filled(here)
    for (const damage of [undefined, '', 'rubbish', `posthorn 1\nuidvalidity 99999999999\nuids-below 5\n`]) {
      const path = join(here.directory, user, 'posthorn-uidvalidity')
      await (damage === undefined ? unlink(path) : writeFile(path, damage))
      const inbox = await inboxOf(await here.open())
      const { uidValidity, uidNext, messages } = status
      expect(await inbox.status()).toMatchObject({ uidValidity, uidNext, messages })
      expect(await here.text('posthorn-uidvalidity')).toContain(`uidvalidity ${uidValidity}\n`)
    }
  })

  test('a Maildir that is not there (its disk is not mounted) is an error, not an empty mailbox', async () => {
    const here = await bench()
    await filled(here)
    const path = join(here.directory, user)
    await rename(path, `${path}.away`)
    const store = await here.open()
    const missing = { code: 'maildir-missing', retry: 'later' }
    await expect(store.deliver(delivery('new'))).rejects.toMatchObject(missing)
    await expect(store.account(user, 'a@b').folders()).rejects.toMatchObject(missing)
    await rename(`${path}.away`, path)
    expect(Object.keys(await subjects(await inboxOf(store)))).toEqual(['1', '2', '3'])
    expect(await store.deliver(delivery('new'))).toBe('delivered')
  })
})

describe('what other programs did', () => {
  test('flags changed, letters removed, letters added', async () => {
    const here = await bench()
    const { inbox } = await ready(await here.open(), 'one', 'two', 'three')
    await inbox.storeFlags([1], 'add', ['$Label'])
    const { highestModseq } = await inbox.status()
    const cur = join(here.directory, user, 'cur')
    const names = (await readdir(cur)).sort()
    const find = (uid: number) => names.find(name => name.includes(`,U=${uid}-`)) ?? ''
    await rename(join(cur, find(1)), join(cur, find(1).replace(':2,', ':2,RS')))
    await unlink(join(cur, find(2)))
    const foreign = join(here.directory, user, 'new', '1700000500.M1P2.host,S=9')
    await writeFile(foreign, 'Subject: four\n\nbare line ends\n')
    await utimes(foreign, 1_700_000_500, 1_700_000_500)
    await mkdir(join(cur, 'a directory'))
    await symlink('/etc/passwd', join(cur, 'link:2,S'))
    const again = await inboxOf(await here.open())
    const changes = await again.changes(highestModseq)
    expect(changes.changed).toMatchObject([{ uid: 1, flags: ['\\Answered', '\\Seen', '$Label'] }])
    expect(changes.expunged).toEqual([2])
    expect(changes.added).toMatchObject([{ uid: 4, flags: [], internalDate: 1_700_000_500_000 }])
    expect(await readText(again, 4)).toBe('Subject: four\r\n\r\nbare line ends\r\n')
    expect(await readText(again, 1)).toBe(letter('one'))
    expect(await lettersIn(here, 'new')).toEqual([])
  })

  test('a letter whose file was renamed while we run can be read', async () => {
    const here = await bench()
    const { inbox } = await ready(await here.open(), 'one')
    const cur = join(here.directory, user, 'cur')
    const [name = ''] = await readdir(cur)
    await rename(join(cur, name), join(cur, `${name}S`))
    expect(Buffer.from((await inbox.head(1, 9)) ?? []).toString()).toBe(letter('one').slice(0, 9))
    expect(await readText(inbox, 1)).toBe(letter('one'))
    expect((await inbox.changes(0)).added).toMatchObject([{ uid: 1, flags: ['\\Seen'] }])
  })

  test('a letter copied back under its old name gets a new UID', async () => {
    const here = await bench()
    const { inbox } = await ready(await here.open(), 'one', 'two')
    const cur = join(here.directory, user, 'cur')
    const name = (await readdir(cur)).find(file => file.includes(',U=1-')) ?? ''
    await copyFile(join(cur, name), join(here.directory, 'backup'))
    await inbox.storeFlags([1], 'add', ['\\Deleted'])
    await inbox.expunge('all')
    await copyFile(join(here.directory, 'backup'), join(cur, name))
    const again = await inboxOf(await here.open())
    expect(await subjects(again)).toEqual({ 2: 'two', 3: 'one' })
  })

  test('folders made, renamed, copied and removed', async () => {
    const here = await bench()
    const { account, inbox } = await ready(await here.open(), 'one')
    for (const name of ['A', 'B', 'C']) await account.create(name)
    for (const name of ['A', 'B']) await inbox.copy([1], name)
    const validity = present(await account.status('A')).uidValidity
    const path = (name: string) => join(here.directory, user, name)
    await rename(path('.A'), path('.Z'))
    await rm(path('.C'), { recursive: true })
    await mkdir(path('.New/cur'), { recursive: true })
    await mkdir(path('.B.Copy/cur'), { recursive: true })
    await copyFile(path('.B/posthorn-uidvalidity'), path('.B.Copy/posthorn-uidvalidity'))
    const again = (await here.open()).account(user, 'a@b')
    expect((await again.folders()).map(folder => folder.name)).toEqual(['B', 'B/Copy', 'INBOX', 'New', 'Z'])
    expect(present(await again.status('Z'))).toMatchObject({ uidValidity: validity, messages: 1 })
    const all = await Promise.all(['B', 'B/Copy', 'INBOX', 'New', 'Z'].map(name => again.status(name)))
    expect(new Set(all.map(status => present(status).uidValidity)).size).toBe(5)
  })

  test('an unchanged Maildir costs no write', async () => {
    const here = await bench()
    await ready(await here.open(), 'one', 'two')
    const store = await here.open()
    here.faults.arm(Number.POSITIVE_INFINITY, 'crash')
    expect(await subjects(await inboxOf(store))).toEqual({ 1: 'one', 2: 'two' })
    expect(here.faults.operations).toBe(0)
  })
})

describe('limits', () => {
  test('expunges are forgotten beyond a number; then every gap is told', async () => {
    const here = await bench()
    const { inbox } = await ready(await here.open(), 'one', 'two', 'three')
    const { highestModseq } = await inbox.status()
    const folder = here.database.get<{ id: number }>('SELECT id FROM mail_folders')?.id ?? 0
    const many = mailboxLimits.expungesRememberedMax + 500
    here.database.transaction(() => {
      for (let uid = 4; uid <= 3 + many; uid += 1) {
        const columns = '(folder, uid, flags, seen, deleted, size_bytes, internal_date, added_modseq, modseq, file)'
        const values = "(?1, ?2, '\\Deleted', 0, 1, 1, 0, ?3, ?3, 'cur/x')"
        here.database.run(`INSERT INTO mail_messages ${columns} VALUES ${values}`, folder, uid, highestModseq)
      }
      here.database.run('UPDATE mail_folders SET uid_next = ?', 4 + many)
    })
    for (let start = 4; start <= 3 + many; start += 1000) {
      const uids = Array.from({ length: 1000 }, (_, index) => start + index)
      await inbox.storeFlags([], 'add', [])
      await inbox.expunge(uids)
    }
    const kept = here.database.get<{ rows: number }>('SELECT count(*) AS rows FROM mail_expunged')?.rows ?? 0
    expect(kept).toBeLessThanOrEqual(mailboxLimits.expungesRememberedMax)
    expect((await inbox.changes(highestModseq)).expunged.length).toBe(many)
    expect(await subjects(inbox)).toEqual({ 1: 'one', 2: 'two', 3: 'three' })
  })

  test('an endless header is looked into to a bound', async () => {
    const here = await bench()
    const store = await here.open()
    const header = `X-Long: ${'x'.repeat(mailboxLimits.headerBytesMax)}\r\nMessage-ID: <one@example>\r\n\r\n`
    await store.deliver(delivery('one', { body: bodyOf(header, 9999) }))
    here.loseIndex()
    const again = await here.open()
    expect(await again.deliver(delivery('one'))).toBe('duplicate')
    expect(await again.deliver(delivery('one', { deliveryId: 'x' }))).toBe('held')
  })

  test('a clock in 1970 or in the far future makes no invalid UIDVALIDITY', async () => {
    for (const time of [0, -5, 8e15]) {
      const clock = new TestClock()
      clock.time = time
      const { account, inbox } = await ready(await (await bench({ clock })).open(), 'one')
      await account.create('A')
      for (const status of [await inbox.status(), present(await account.status('A'))]) {
        expect(status.uidValidity).toBeGreaterThan(0)
        expect(status.uidValidity).toBeLessThan(2 ** 32)
      }
    }
  })

  test('what a client asks for often uses an index', async () => {
    const { database } = await bench()
    for (const [sql, index] of [
      [changedSql, 'mail_messages_modseq (folder=? AND modseq>?)'],
      [expungedSql, '(folder=? AND modseq>?)'],
      [deletedSql, 'mail_messages_deleted (folder=?)'],
      [dueChatSql, 'mail_messages_chat (folder=? AND chat_day>? AND chat_day<?)'],
    ] as const) {
      const places = new Set(sql.match(/\?\d/g) ?? sql.match(/\?/g)?.map((_, place) => `${place}`))
      const values = [...places].map(() => 1)
      const rows = database.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...values)
      expect(rows.map(row => row.detail).join('; ')).toContain(index)
    }
  })
})

describe('modification sequences', () => {
  test('never go back when the index is lost, again and again, and the clock is set back', async () => {
    const clock = new TestClock()
    const here = await bench({ clock })
    const { inbox } = await ready(await here.open(), 'one', 'two', 'three')
    await inbox.storeFlags([2], 'add', ['\\Deleted'])
    await inbox.expunge('all')
    let highest = (await inbox.status()).highestModseq
    for (let life = 1; life <= 4; life += 1) {
      here.loseIndex()
      clock.time = at - life * 1_000_000_000
      const again = await inboxOf(await here.open())
      const { highestModseq } = await again.status()
      expect(highestModseq).toBeGreaterThan(highest)
      // Who comes with what it knew before hears of every message, and of every UID that is not there.
      const changes = await again.changes(highest)
      expect(changes.added.map(row => row.uid)).toEqual([1, 3])
      expect(changes.expunged).toContain(2)
      await again.storeFlags([1], life % 2 === 0 ? 'remove' : 'add', ['\\Seen'])
      highest = (await again.status()).highestModseq
      expect(highest).toBeGreaterThan(highestModseq)
    }
    expect(Number.isSafeInteger(highest)).toBe(true)
  })

  test('are the same mark when its file is lost while the index is there', async () => {
    const here = await bench()
    await ready(await here.open(), 'one')
    here.loseIndex()
    const { highestModseq } = await (await inboxOf(await here.open())).status()
    await unlink(join(here.directory, user, 'posthorn-uidvalidity'))
    await here.open().then(inboxOf)
    here.loseIndex()
    expect((await (await inboxOf(await here.open())).status()).highestModseq).toBeGreaterThan(highestModseq)
  })
})
