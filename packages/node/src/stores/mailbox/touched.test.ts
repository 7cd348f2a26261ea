/** What other programs do to a Maildir while the store is open. */
import { execFileSync } from 'node:child_process'
import {
  appendFile,
  copyFile,
  link,
  mkdir,
  readdir,
  rename,
  rm,
  symlink,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { OperatingError } from '../../base/errors.ts'
import { diskFiles } from '../files/index.ts'
import { type Bench, bench } from './bench.ts'
import { mailboxLimits } from './limits.ts'
import { append, inboxOf, letter, present, readText, ready, subjects, TestClock, user } from './testing.ts'

const path = (here: Bench, ...parts: string[]) => join(here.directory, user, ...parts)
const filesIn = async (here: Bench, directory: string) => (await readdir(path(here, directory))).sort()

async function fileOf(here: Bench, uid: number, folder = ''): Promise<string> {
  const names = await readdir(path(here, folder, 'cur'))
  const name = names.find(file => file.includes(`,U=${uid}-`))
  if (name === undefined) throw new Error(`no file for ${uid}`)
  return path(here, folder, 'cur', name)
}

/** As a delivery program does it. */
async function drop(here: Bench, name: string, text: string, folder = ''): Promise<void> {
  await writeFile(path(here, folder, 'tmp', name), text)
  await rename(path(here, folder, 'tmp', name), path(here, folder, 'new', name))
}

describe('without a watch, at the next look', () => {
  test('letters come, change flags, move between folders and go; the others keep their UIDs', async () => {
    const here = await bench()
    const { account, inbox } = await ready(await here.open(), 'one', 'two', 'three')
    await account.create('Work')
    const before = await inbox.status()
    await rename(await fileOf(here, 1), `${await fileOf(here, 1)}FS`)
    await unlink(await fileOf(here, 2))
    const moving = await fileOf(here, 3)
    await rename(moving, moving.replace('/cur/', '/.Work/cur/'))
    await drop(here, '1700000600.M1.host', 'Subject: four\n\nbare\n')
    const status = present(await account.status('INBOX'))
    expect(status).toMatchObject({ messages: 2, uidValidity: before.uidValidity, uidNext: 5 })
    const changes = await inbox.changes(before.highestModseq)
    expect(changes.changed).toMatchObject([{ uid: 1, flags: ['\\Flagged', '\\Seen'] }])
    expect(changes.expunged).toEqual([2, 3])
    expect(changes.added).toMatchObject([{ uid: 4, flags: [] }])
    expect(await readText(inbox, 4)).toBe('Subject: four\r\n\r\nbare\r\n')
    expect(await subjects(present(await account.open('Work')))).toEqual({ 1: 'three' })
    expect(await filesIn(here, 'new')).toEqual([])
  })

  test('of many flags changed under a condition, only what others changed is told as changed by others', async () => {
    const here = await bench()
    const count = mailboxLimits.changedAtOnceMax + 60
    await mkdir(path(here, 'cur'), { recursive: true })
    const mark = `posthorn 1\nuidvalidity 7\nuids-below ${count + 1}\nmodseqs-below 10000\n`
    await writeFile(path(here, 'posthorn-uidvalidity'), mark)
    for (let uid = 1; uid <= count; uid += 1) {
      await writeFile(path(here, 'cur', `1.A${'B'.repeat(26)}.posthorn,U=${uid}-7,S=5:2,`), 'A: b\n')
    }
    const { inbox } = await ready(await here.open())
    const { highestModseq, messages } = await inbox.status()
    expect(messages).toBe(count)
    const uids = Array.from({ length: count }, (_, at) => at + 1)
    // In the last portion: all before it are done when this is met.
    await rename(await fileOf(here, count - 10), `${await fileOf(here, count - 10)}F`)
    expect(await inbox.storeFlags(uids, 'add', ['\\Seen', '$Label'], highestModseq)).toEqual([count - 10])
    const { added } = await inbox.changes(0)
    const without = added.filter(({ flags }) => !(flags.includes('\\Seen') && flags.includes('$Label')))
    expect(without).toMatchObject([{ uid: count - 10, flags: ['\\Flagged'] }])
  })

  test('a letter of P is passed on, and what other programs say by letters of their own stays', async () => {
    const here = await bench()
    const { account, inbox } = await ready(await here.open(), 'one')
    await rename(await fileOf(here, 1), `${await fileOf(here, 1)}PSab`)
    await account.status('INBOX')
    expect((await inbox.changes(0)).added).toMatchObject([{ flags: ['\\Seen', '$Forwarded'] }])
    await inbox.storeFlags([1], 'add', ['\\Flagged', '$Label'])
    expect(await fileOf(here, 1)).toMatch(/:2,FPSab$/)
    await rename(await fileOf(here, 1), (await fileOf(here, 1)).replace('FPSab', 'FSab'))
    await account.status('INBOX')
    expect((await inbox.changes(0)).added).toMatchObject([{ flags: ['\\Flagged', '\\Seen', '$Label'] }])
  })

  test('folders made, renamed and removed by others are listed; the same folder keeps its messages', async () => {
    const here = await bench()
    const { account, inbox } = await ready(await here.open(), 'one')
    await account.create('A')
    await account.create('B')
    await inbox.copy([1], 'A')
    const open = present(await account.open('A'))
    const { uidValidity } = await open.status()
    let told = 0
    present(await account.open('B')).onChange(() => {
      told += 1
    })
    await rename(path(here, '.A'), path(here, '.Z.Deep'))
    await rm(path(here, '.B'), { recursive: true })
    for (const name of ['cur', 'new', 'tmp']) await mkdir(path(here, '.New', name), { recursive: true })
    expect((await account.folders()).map(({ name }) => name)).toEqual(['INBOX', 'New', 'Z/Deep'])
    expect(await open.status()).toMatchObject({ name: 'Z/Deep', uidValidity, messages: 1 })
    expect(told).toBe(1)
    await drop(here, 'x', letter('two'), '.New')
    expect(present(await account.status('New'))).toMatchObject({ messages: 1 })
  })
})

describe('at the same time', () => {
  test('flags set here and there: both are kept, and the UID stays', async () => {
    const here = await bench()
    const { inbox } = await ready(await here.open(), 'one')
    await rename(await fileOf(here, 1), `${await fileOf(here, 1)}F`)
    await inbox.storeFlags([1], 'add', ['\\Seen', '$Label'])
    expect(await fileOf(here, 1)).toMatch(/:2,FS$/)
    expect((await inbox.changes(0)).added).toMatchObject([{ uid: 1, flags: ['\\Flagged', '\\Seen', '$Label'] }])
  })

  test('a letter that was renamed is expunged, moved and copied all the same', async () => {
    const here = await bench()
    const { account, inbox } = await ready(await here.open(), 'one', 'two', 'three')
    await account.create('Work')
    await inbox.storeFlags([1], 'add', ['\\Deleted'])
    for (const uid of [1, 2, 3]) await rename(await fileOf(here, uid), `${await fileOf(here, uid)}S`)
    expect(await inbox.expunge('all')).toEqual([1])
    expect(present(await inbox.copy([2], 'Work')).pairs).toEqual([{ from: 2, to: 1 }])
    expect(present(await inbox.move([3], 'Work')).pairs).toEqual([{ from: 3, to: 2 }])
    expect(await subjects(inbox)).toEqual({ 2: 'two' })
    const work = present(await account.open('Work'))
    expect((await work.changes(0)).added.map(({ flags }) => flags)).toEqual([['\\Seen'], ['\\Seen']])
    expect((await here.files()).length).toBe(3)
  })

  test('letters that vanish are gone, at the cost of one look at the folder', async () => {
    const here = await bench()
    let listings = 0
    const listFiles = (directory: string) => {
      listings += 1
      return diskFiles.listFiles(directory)
    }
    const texts = Array.from({ length: 20 }, (_, number) => `n${number}`)
    const { inbox } = await ready(await here.open({ files: { ...diskFiles, listFiles } }), ...texts)
    for (const name of await filesIn(here, 'cur')) await unlink(path(here, 'cur', name))
    listings = 0
    for (let uid = 1; uid <= 20; uid += 1) expect(await inbox.read(uid)).toBeUndefined()
    expect(listings).toBeLessThanOrEqual(4)
    expect(await inbox.status()).toMatchObject({ messages: 0, uidNext: 21 })
    expect(await inbox.move([3], 'INBOX')).toMatchObject({ pairs: [] })
  })

  test('a letter renamed just while the directory is read is not gone', async () => {
    const here = await bench()
    let trick = false
    const files = {
      ...diskFiles,
      async listFiles(directory: string) {
        const names = await diskFiles.listFiles(directory)
        // As if the new name came where the reader had been already.
        const hidden = trick && directory.endsWith('cur')
        if (hidden) trick = false
        return hidden ? names.slice(1) : names
      },
    }
    const { account, inbox } = await ready(await here.open({ files }), 'one', 'two')
    trick = true
    await drop(here, 'x', letter('three'))
    await account.status('INBOX')
    expect(await subjects(inbox)).toEqual({ 1: 'one', 2: 'two', 3: 'three' })
  })

  test('the directory of a folder that is being removed or renamed is gone', async () => {
    const here = await bench()
    const { account } = await ready(await here.open())
    for (const name of ['A', 'B']) await account.create(name)
    await rm(path(here, '.A'), { recursive: true })
    expect(await account.remove('A')).toMatchObject({ refused: 'nonexistent' })
    await rename(path(here, '.B'), path(here, '.C'))
    expect(await account.rename('B', 'D')).toMatchObject({ refused: 'nonexistent' })
    expect((await account.folders()).map(({ name }) => name)).toEqual(['C', 'INBOX'])
  })
})

describe('a folder on its way out', () => {
  test('is not brought back while its parts go one by one, in any order', async () => {
    for (const order of [
      ['posthorn-uidvalidity', 'tmp', 'new', 'cur'],
      ['new', 'posthorn-uidvalidity', 'cur', 'tmp'],
      ['cur', 'new', 'tmp', 'posthorn-uidvalidity'],
    ]) {
      const here = await bench()
      const { account } = await ready(await here.open(), 'one')
      await account.create('Work')
      for (const part of order) {
        await rm(path(here, '.Work', part), { recursive: true })
        await account.folders()
      }
      expect(await filesIn(here, '.Work')).toEqual([])
      await rm(path(here, '.Work'), { recursive: true })
      expect((await account.folders()).map(({ name }) => name)).toEqual(['INBOX'])
    }
  })

  test('that stays after all has its parts made again, and its UIDVALIDITY is the same', async () => {
    const clock = new TestClock()
    const here = await bench({ clock })
    const { account } = await ready(await here.open(), 'one')
    await account.create('Work')
    const { uidValidity } = present(await account.status('Work'))
    await rm(path(here, '.Work', 'tmp'), { recursive: true })
    await rm(path(here, '.Work', 'posthorn-uidvalidity'))
    // Somebody does something in the person's Maildir, or nobody would look.
    await mkdir(path(here, '.Other', 'cur'), { recursive: true })
    await account.folders()
    expect(await filesIn(here, '.Work')).toEqual(['cur', 'new'])
    clock.time += mailboxLimits.goingMsMax
    await account.folders()
    expect(await filesIn(here, '.Work')).toEqual(['cur', 'new', 'posthorn-uidvalidity', 'tmp'])
    expect(present(await account.status('Work')).uidValidity).toBe(uidValidity)
  })
})

describe('copies and changed files', () => {
  test('a copy under the same UID is a new message; neither is lost', async () => {
    const here = await bench()
    const { account, inbox } = await ready(await here.open(), 'one')
    const file = await fileOf(here, 1)
    await copyFile(file, `${file}S`)
    await account.status('INBOX')
    expect(await subjects(inbox)).toEqual({ 1: 'one', 2: 'one' })
    expect((await inbox.changes(0)).added.map(({ flags }) => flags)).toEqual([[], ['\\Seen']])
    expect(new Set((await filesIn(here, 'cur')).map(name => /U=\d+/.exec(name)?.[0]))).toEqual(new Set(['U=1', 'U=2']))
  })

  test('two names of one file are one letter, about to be renamed', async () => {
    const here = await bench()
    const { account, inbox } = await ready(await here.open(), 'one')
    const file = await fileOf(here, 1)
    await link(file, `${file}S`)
    await account.status('INBOX')
    expect(await inbox.status()).toMatchObject({ messages: 1 })
    await unlink(file)
    await account.status('INBOX')
    expect((await inbox.changes(0)).added).toMatchObject([{ uid: 1, flags: ['\\Seen'] }])
  })

  test('a letter that somebody has written into is another one, with the size it has now', async () => {
    const here = await bench()
    const { inbox } = await ready(await here.open(), 'one', 'two')
    const { highestModseq } = await inbox.status()
    await appendFile(await fileOf(here, 1), 'more\n')
    expect(await inbox.read(1)).toBeUndefined()
    const { added, expunged } = await inbox.changes(highestModseq)
    expect(expunged).toEqual([1])
    expect(added).toMatchObject([{ uid: 3, sizeBytes: letter('one').length + 6 }])
    expect(await readText(inbox, 3)).toBe(`${letter('one')}more\r\n`)
  })

  test('a file name that is used again brings another letter', async () => {
    const here = await bench()
    const { account, inbox } = await ready(await here.open())
    for (const text of ['one', 'two']) {
      await drop(here, 'always-the-same', letter(text))
      await account.status('INBOX')
    }
    expect(await subjects(inbox)).toEqual({ 1: 'one', 2: 'two' })
  })

  test('a name that claims a UID that nobody gave gets another one', async () => {
    const here = await bench()
    const { account, inbox } = await ready(await here.open(), 'one')
    const { uidValidity } = await inbox.status()
    const claimed = (uid: number) => `1700000000.A${'A'.repeat(32)}.posthorn,U=${uid}-${uidValidity},S=15:2,S`
    for (const uid of [1, 4_000_000_000]) await drop(here, claimed(uid), 'Subject: x\r\n\r\nx')
    const status = present(await account.status('INBOX'))
    expect(status).toMatchObject({ messages: 3, uidNext: 4 })
    expect((await inbox.changes(0)).added.map(({ uid }) => uid)).toEqual([1, 2, 3])
  })
})

describe('what is no letter', () => {
  test('links, pipes, directories and hidden files stay; nothing is followed, nothing hangs', async () => {
    const here = await bench()
    const secret = path(here, '..', 'secret')
    const { account, inbox } = await ready(await here.open(), 'one')
    await writeFile(secret, 'Subject: secret\n\n')
    await symlink(secret, path(here, 'new', 'link'))
    await mkdir(path(here, 'new', 'directory'))
    await mkdir(path(here, 'cur', '1700000000.x:2,S'))
    await writeFile(path(here, 'new', '.hidden'), letter('hidden'))
    execFileSync('mkfifo', [path(here, 'new', 'pipe'), path(here, 'cur', 'pipe:2,S')])
    await drop(here, 'ok', letter('two'))
    expect(present(await account.status('INBOX'))).toMatchObject({ messages: 2 })
    expect(await subjects(inbox)).toEqual({ 1: 'one', 2: 'two' })
    expect(await filesIn(here, 'new')).toEqual(['.hidden', 'directory', 'link', 'pipe'])
    // A letter in whose place there is something else now.
    const file = await fileOf(here, 1)
    await unlink(file)
    execFileSync('mkfifo', [file])
    expect(await inbox.read(1)).toBeUndefined()
    expect(await inbox.status()).toMatchObject({ messages: 1 })
  })

  test('hostile names are names', async () => {
    const here = await bench()
    const { account, inbox } = await ready(await here.open())
    const names = ['a\nb', 'x'.repeat(255), '-rf', '$(touch x)', 'a b:2,S', ':2,S', '...', '%2e%2e', '~', "q'"]
    for (const name of names) if (!name.startsWith('.')) await drop(here, name, letter('x'))
    await account.status('INBOX')
    const { added } = await inbox.changes(0)
    expect(added.length).toBe(names.length - 1)
    expect(added.filter(({ flags }) => flags.includes('\\Seen')).length).toBe(2)
    expect(await filesIn(here, 'new')).toEqual([])
  })

  test('folders that are links, or hold links, are none', async () => {
    const here = await bench()
    const { account } = await ready(await here.open())
    await mkdir(path(here, '..', 'bob', 'cur'), { recursive: true })
    await writeFile(path(here, '..', 'bob', 'cur', 'private:2,'), letter('private'))
    await symlink(path(here, '..', 'bob'), path(here, '.Link'))
    await mkdir(path(here, '.Half', 'cur'), { recursive: true })
    await symlink(path(here, '..', 'bob', 'cur'), path(here, '.Half', 'new'))
    expect((await account.folders()).map(({ name }) => name)).toEqual(['INBOX'])
    expect(await readdir(path(here, '..', 'bob', 'cur'))).toEqual(['private:2,'])
  })

  test('a link in the place of INBOX itself is an error, and nothing behind it is touched', async () => {
    const here = await bench()
    await ready(await here.open(), 'one')
    await mkdir(path(here, '..', 'elsewhere'))
    await writeFile(path(here, '..', 'elsewhere', 'x'), letter('x'))
    await rm(path(here, 'new'), { recursive: true })
    await symlink(path(here, '..', 'elsewhere'), path(here, 'new'))
    const store = await here.open()
    await expect(store.account(user, 'a@b').status('INBOX')).rejects.toMatchObject({ code: 'maildir-broken' })
    expect(await readdir(path(here, '..', 'elsewhere'))).toEqual(['x'])
  })

  test('binary, and without any line end: kept as it is', async () => {
    const here = await bench()
    const { account, inbox } = await ready(await here.open())
    await drop(here, 'binary', '\0\u0001ÿ')
    await account.status('INBOX')
    expect((await inbox.changes(0)).added).toMatchObject([{ sizeBytes: 4 }])
  })

  test('an empty file is given a minute to become a letter', async () => {
    const here = await bench()
    const { account, inbox } = await ready(await here.open())
    const now = new Date(1_700_000_000_000)
    for (const name of ['later', 'never']) {
      await writeFile(path(here, 'new', name), '')
      await utimes(path(here, 'new', name), now, now)
    }
    expect(present(await account.status('INBOX'))).toMatchObject({ messages: 0 })
    await writeFile(path(here, 'new', 'later'), letter('one'))
    const old = new Date(now.getTime() - mailboxLimits.emptyMsMin)
    await utimes(path(here, 'new', 'never'), old, old)
    expect(present(await account.status('INBOX'))).toMatchObject({ messages: 2 })
    expect((await inbox.changes(0)).added.map(({ sizeBytes }) => sizeBytes).sort((one, other) => one - other)).toEqual([
      0,
      letter('one').length,
    ])
  })

  test('a file that is written while it is read is read again', async () => {
    const here = await bench()
    let meanwhile = true
    const files = {
      ...diskFiles,
      async read(file: string) {
        const source = await diskFiles.read(file)
        if (meanwhile && file.endsWith('growing')) await appendFile(file, 'the end\n')
        meanwhile = false
        return source
      },
    }
    const { account, inbox } = await ready(await here.open({ files }))
    await writeFile(path(here, 'new', 'growing'), 'Subject: grows\n\n')
    expect(present(await account.status('INBOX'))).toMatchObject({ messages: 0 })
    expect(present(await account.status('INBOX'))).toMatchObject({ messages: 1 })
    expect(await readText(inbox, 1)).toBe('Subject: grows\r\n\r\nthe end\r\n')
  })

  test('a file that cannot be read holds up nothing else', async () => {
    const here = await bench()
    const files = {
      ...diskFiles,
      async read(file: string) {
        if (!file.endsWith('unreadable')) return diskFiles.read(file)
        throw new OperatingError('refused', { code: 'disk-failed', retry: 'later', fields: { systemCode: 'EACCES' } })
      },
    }
    const { account } = await ready(await here.open({ files }))
    for (const name of ['unreadable', 'readable']) await drop(here, name, letter(name))
    expect(present(await account.status('INBOX'))).toMatchObject({ messages: 1 })
    expect(await filesIn(here, 'new')).toEqual(['unreadable'])
  })

  test('a full disk takes nothing away, and the letters come in when there is room', async () => {
    const here = await bench()
    const { account } = await ready(await here.open())
    for (let operation = 1; operation <= 12; operation += 1) {
      await drop(here, `n${operation}`, letter(`n${operation}`))
      here.faults.arm(operation, 'ENOSPC')
      await account.status('INBOX').catch((error: unknown) => expect(error).toMatchObject({ code: 'disk-full' }))
      here.faults.disarm()
      expect(present(await account.status('INBOX'))).toMatchObject({ messages: operation })
    }
    const texts = Object.values(await subjects(present(await account.open('INBOX'))))
    expect(texts.sort()).toEqual(Array.from({ length: 12 }, (_, at) => `n${at + 1}`).sort())
  })

  test('killed while letters of others are taken in, each is there once', async () => {
    for (let operation = 1; operation <= 14; operation += 1) {
      const here = await bench()
      const { account } = await ready(await here.open())
      for (const text of ['one', 'two']) await drop(here, text, letter(text))
      here.faults.arm(operation, 'crash')
      await account.status('INBOX').catch(() => undefined)
      here.faults.disarm()
      const again = await inboxOf(await here.open())
      expect(Object.values(await subjects(again)).sort()).toEqual(['one', 'two'])
      expect((await here.files()).length).toBe(2)
    }
  })

  test('an appended message is not disturbed by any of it', async () => {
    const here = await bench()
    const { account, inbox } = await ready(await here.open())
    await drop(here, 'x', letter('one'))
    await append(account, 'INBOX', 'two')
    expect(Object.values(await subjects(inbox)).sort()).toContain('two')
    await account.status('INBOX')
    expect(Object.values(await subjects(inbox)).sort()).toEqual(['one', 'two'])
  })
})
