/** A person's Maildir in the hands of other programs, while the node runs and a mail app waits. */
import { execFile, spawn } from 'node:child_process'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { IdleClient } from '../support/idle.ts'
import { sendLetter, withImap } from '../support/mail.ts'
import { type Access, posthorn, program, TestNode } from '../support/node.ts'
import { installed } from '../support/programs.ts'

const run = promisify(execFile)

interface Row {
  readonly uid: number
  readonly subject: string
  readonly flags: readonly string[]
}

/** The letters of a folder as a mail app sees them, by UID. */
function rows(access: Access, folder = 'INBOX'): Promise<Row[]> {
  return withImap(access, async client => {
    const lock = await client.getMailboxLock(folder)
    try {
      const found: Row[] = []
      for await (const message of client.fetch('1:*', { uid: true, flags: true, envelope: true })) {
        const flags = [...(message.flags ?? [])].sort()
        found.push({ uid: message.uid, subject: message.envelope?.subject ?? '', flags })
      }
      return found
    } finally {
      lock.release()
    }
  })
}

/** Besides those that every person has: the node makes them at the first LIST. */
const folders = (access: Access) =>
  withImap(access, async client =>
    (await client.list())
      .map(({ path }) => path)
      .filter(path => !usual.has(path))
      .sort(),
  )

const usual: ReadonlySet<string> = new Set(['Archive', 'Drafts', 'Junk', 'Sent', 'Trash'])

describe('a Maildir that others touch', () => {
  let node: TestNode
  let places: string
  let alice: Access
  let maildir: string
  let app: IdleClient

  beforeAll(async () => {
    places = await mkdtemp(join(tmpdir(), 'posthorn-touched-'))
    node = await TestNode.make('touched')
    alice = await node.addUser('alice')
    maildir = join(node.home, 'mail', 'alice')
    await node.start()
    app = await IdleClient.open(alice, 'INBOX')
    for (const subject of ['one', 'two', 'three', 'four']) {
      await sendLetter(alice, { to: alice.address, subject, text: subject, messageId: `<${subject}@test>` })
      await app.hear(/^\* \d+ EXISTS/)
    }
  })
  afterAll(async () => {
    app.close()
    await node.remove()
    await rm(places, { recursive: true, force: true })
  })

  const fileOf = async (uid: number) => {
    const name = (await readdir(join(maildir, 'cur'))).find(file => file.includes(`,U=${uid}-`))
    if (name === undefined) throw new Error(`no file for ${uid}`)
    return join(maildir, 'cur', name)
  }

  it('a script delivers, flags, moves and removes', async () => {
    const script = async (text: string) => run('sh', ['-euc', text], { cwd: maildir })
    await script(`printf 'Subject: by script\\n\\nbare\\n' > tmp/s1 && mv tmp/s1 new/s1`)
    expect(await app.hear(/EXISTS/)).toBe('* 5 EXISTS')
    await script(`mv "${await fileOf(1)}" "${await fileOf(1)}S"`)
    expect(await app.hear(/FETCH/)).toBe('* 1 FETCH (UID 1 FLAGS (\\Seen))')
    await script(`mkdir -p .Work/cur .Work/new .Work/tmp && mv "${await fileOf(1)}" .Work/cur/`)
    expect(await app.hear(/EXPUNGE/)).toBe('* 1 EXPUNGE')
    expect(await folders(alice)).toEqual(['INBOX', 'Work'])
    expect(await rows(alice, 'Work')).toEqual([{ uid: 1, subject: 'one', flags: ['\\Seen'] }])
    await script(`rm "${await fileOf(5)}"`)
    expect(await app.hear(/EXPUNGE/)).toBe('* 4 EXPUNGE')
    await script('rm -r .Work')
    expect(await folders(alice)).toEqual(['INBOX'])
  })

  it.skipIf(!installed('neomutt', 'neomutt') || !installed('script', 'bsdutils'))(
    'neomutt flags, deletes and saves',
    async () => {
      const config = join(places, 'muttrc')
      const settings = [
        'mbox_type=Maildir',
        `folder=${maildir}`,
        'delete=yes',
        'quit=yes',
        'move=no',
        'confirmappend=no',
      ]
      const more = ['confirmcreate=no', 'mark_old=no', 'sort=mailbox-order', 'wait_key=no', `tmpdir=${places}`]
      await writeFile(config, [...settings, ...more].map(setting => `set ${setting}\n`).join(''))
      const mutt = async (keys: string) => {
        const command = `neomutt -n -F ${config} -f ${maildir} -e 'push "${keys}"'`
        await run('script', ['-qec', command, '/dev/null'], { env: { ...process.env, TERM: 'xterm', HOME: places } })
      }
      expect((await rows(alice)).map(({ subject }) => subject)).toEqual(['two', 'three', 'four'])
      await mutt('<limit>~s two<enter><flag-message><sync-mailbox><quit>')
      expect(await app.hear(/FETCH.*Flagged/)).toMatch(/UID 2 FLAGS/)
      await mutt('<limit>~s four<enter><save-message>=.Saved<enter><sync-mailbox><quit>')
      expect(await app.hear(/EXPUNGE/)).toBe('* 3 EXPUNGE')
      await expect.poll(() => folders(alice)).toEqual(['INBOX', 'Saved'])
      expect(await rows(alice, 'Saved')).toMatchObject([{ uid: 1, subject: 'four' }])
      await mutt('<limit>~s three<enter><delete-message><sync-mailbox><quit>')
      expect(await app.hear(/EXPUNGE/)).toBe('* 2 EXPUNGE')
      expect(await rows(alice)).toMatchObject([{ uid: 2, subject: 'two' }])
    },
  )

  it.skipIf(!installed('notmuch', 'notmuch'))('notmuch indexes new letters, and its tags become flags', async () => {
    const database = join(places, 'notmuch')
    await mkdir(database)
    const config = join(places, 'notmuch-config')
    await writeFile(
      config,
      `[database]\npath=${database}\nmail_root=${maildir}\n[user]\nname=A\nprimary_email=a@b\n` +
        '[new]\ntags=unread;inbox\n[maildir]\nsynchronize_flags=true\n',
    )
    const notmuch = (...args: string[]) => run('notmuch', [`--config=${config}`, ...args])
    await notmuch('new')
    const letter = 'From: x@y\nSubject: for notmuch\nMessage-ID: <notmuch@test>\n\ntext\n'
    await writeFile(join(maildir, 'tmp', 'n1'), letter)
    await rename(join(maildir, 'tmp', 'n1'), join(maildir, 'new', 'n1'))
    await app.hear(/EXISTS/)
    await notmuch('new')
    await notmuch('tag', '+flagged', '-unread', '--', 'id:notmuch@test')
    expect(await app.hear(/FETCH.*Flagged/)).toMatch(/FLAGS \(\\Flagged \\Seen\)/)
    const { stdout } = await notmuch('search', '--output=files', 'id:notmuch@test')
    expect(await readFile(stdout.trim(), 'latin1')).toBe(letter.replaceAll('\n', '\r\n'))
  })

  it('a folder that a waiting app has open can be removed under it', async () => {
    await mkdir(join(maildir, '.Gone', 'cur'), { recursive: true })
    expect(await folders(alice)).toContain('Gone')
    const other = await IdleClient.open(alice, 'Gone')
    await rm(join(maildir, '.Gone'), { recursive: true })
    await expect.poll(() => folders(alice)).not.toContain('Gone')
    other.close()
  })

  it('mail is rebuilt, exported and imported while the app waits; a second import doubles nothing', async () => {
    const before = await rows(alice)
    const validity = () => withImap(alice, async client => (await client.mailboxOpen('INBOX')).uidValidity)
    const uidValidity = await validity()
    await node.run(['mail', 'rebuild', 'alice'])
    expect(await rows(alice)).toEqual(before)
    expect(await validity()).toBe(uidValidity)
    await node.run(['mail', 'export', 'alice', join(places, 'out')])
    expect((await readdir(join(places, 'out'))).sort()).toContain('INBOX.mbox')
    const again = await node.run<{ folders: { taken: number }[] }>(['mail', 'import', 'alice', join(places, 'out')])
    expect(again.folders.every(({ taken }) => taken === 0)).toBe(true)
    await node.run(['mail', 'import', 'alice', join(places, 'out', 'INBOX.mbox'), '--folder', 'Old'])
    const subjects = (found: readonly Row[]) => found.map(({ subject, flags }) => ({ subject, flags }))
    expect(subjects(await rows(alice, 'Old'))).toEqual(subjects(before))
    await appendFile(join(places, 'out', 'INBOX.mbox'), 'From x Thu Nov 22 05:47:07 2026\nSubject: new one\n\nx\n\n')
    await node.run(['mail', 'import', 'alice', join(places, 'out', 'INBOX.mbox')])
    await app.hear(/EXISTS/)
    const refused = await posthorn(['mail', 'import', 'nobody', places, '--home', node.home, '--json'])
    expect([refused.code, JSON.parse(refused.stdout)]).toMatchObject([1, { error: { code: 'unknown-user' } }])
  })

  it('an import that is interrupted goes on', async () => {
    const path = join(places, 'large.mbox')
    const entry = (at: number) => `From x Thu Nov 22 05:47:07 2026\nSubject: n${at}\n\n${'x'.repeat(500)}\n\n`
    await writeFile(path, Array.from({ length: 5000 }, (_, at) => entry(at)).join(''))
    const args = ['mail', 'import', 'alice', path, '--folder', 'Large', '--home', node.home, '--json']
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    const ended = new Promise<number | null>(resolve => child.once('close', resolve))
    const there = async () => (await readdir(join(maildir, '.Large', 'cur')).catch(() => [])).length
    await expect.poll(there, { timeout: 60_000, interval: 20 }).toBeGreaterThan(300)
    child.kill('SIGINT')
    expect(await ended).toBe(1)
    type Taken = { folders: { taken: number; present: number }[] }
    const { folders: taken } = await node.run<Taken>(['mail', 'import', 'alice', path, '--folder', 'Large'])
    expect(taken[0]?.present).toBeGreaterThanOrEqual(300)
    expect((taken[0]?.present ?? 0) + (taken[0]?.taken ?? 0)).toBe(5000)
    expect(await there()).toBe(5000)
  })
})
