import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { archiveEnd, archiveFiller, archiveHeaders } from '@posthorn/nncp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../base/log.ts'
import { scratchDirectory } from '../../stores/files/scratch-directory.ts'
import { openNode } from '../assemble.ts'
import { type Home, homeAt } from '../home.ts'
import { initNode } from '../init.ts'
import { backUpToFile, checkBackup, restoreHome } from './index.ts'
import { sealed } from './sealing.ts'

const passphrase = Buffer.from('correct horse')
const signal = new AbortController().signal
const progress = () => {}
const restore = (home: Home, bytes: Uint8Array, words = passphrase) =>
  restoreHome(home, cutInto(bytes), { passphrase: words, signal, progress })

async function* cutInto(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += 50_000) yield bytes.subarray(start, start + 50_000)
}

async function node(folder: string): Promise<Home> {
  const home = homeAt(join(folder, 'home'))
  await initNode(home, { name: 'camp', autoPorts: true, loopback: true })
  const open = await openNode(home, silentLog)
  await open.directory.users.add('alice', 'a long password', 0)
  await open.mailbox.create('alice')
  const account = open.mailbox.account('alice', 'alice@camp')
  await account.releaseHeld()
  for (const text of ['one', 'two']) await deliver(open, text)
  await open.stop()
  return home
}

function deliver(open: Awaited<ReturnType<typeof openNode>>, text: string) {
  const bytes = Buffer.from(`Message-ID: <${text}@x>\r\nSubject: ${text}\r\n\r\n${text}\r\n`)
  const body = { sizeBytes: bytes.length, read: () => cutInto(bytes) }
  return open.mailbox.deliver({
    ...{ user: 'alice', body, returnPath: null, deliveryId: `packet-${text}`, messageId: `${text}@x`, at: 0 },
  })
}

async function backup(home: Home, path: string): Promise<Buffer> {
  await mkdir(home.transfer, { recursive: true })
  const scratch = join(home.transfer, randomBytes(4).toString('hex'))
  await backUpToFile(home, path, {
    passphrase,
    signal,
    progress,
    scratch,
    node: { id: await idOf(home), name: 'camp' },
  })
  expect(await readdir(home.transfer)).toEqual([])
  return readFile(path)
}

async function idOf(home: Home): Promise<string> {
  const open = await openNode(home, silentLog)
  await open.stop()
  return open.identity.id
}

describe('a home that was restored', () => {
  it('is the same node, private, that knows what it is, and numbers new mail beyond the old', async () => {
    const folder = await scratchDirectory()
    const home = await node(folder)
    const bytes = await backup(home, join(folder, 'one'))
    expect((await stat(join(folder, 'one'))).mode & 0o777).toBe(0o600)
    const before = await openNode(home, silentLog)
    // After the backup: the app of this user sees a UID that the backup knows nothing of.
    await deliver(before, 'later')
    const seen = await before.mailbox.account('alice', '').status('INBOX')
    await before.stop()
    const other = homeAt(join(folder, 'new', 'place'))
    await restore(other, bytes)
    expect((await stat(other.path)).mode & 0o777).toBe(0o700)
    // The mark of a database that is in use would have it repaired for the want of its log.
    expect(await readdir(other.path)).not.toContain('posthorn.db.in-use')
    expect((await stat(other.keys)).mode & 0o777).toBe(0o600)
    for (const file of ['keys', 'config', 'ports'] as const) {
      expect(await readFile(other[file], 'utf8')).toBe(await readFile(home[file], 'utf8'))
    }
    const after = await openNode(other, silentLog)
    expect(after.restored).toMatchObject({ number: 1 })
    expect(after.repair).toBeNull()
    expect(await deliver(after, 'two'), 'a letter that comes again').toBe('duplicate')
    expect(await deliver(after, 'three')).toBe('delivered')
    const now = await after.mailbox.account('alice', '').status('INBOX')
    await after.stop()
    if ('refused' in seen || 'refused' in now) return expect.unreachable()
    expect(now).toMatchObject({ messages: 3, uidValidity: seen.uidValidity })
    expect(now.uidNext).toBeGreaterThan(seen.uidNext + 100_000)
    expect(now.highestModseq).toBeGreaterThan(seen.highestModseq)
    expect(await readdir(join(folder, 'new'))).toEqual(['place'])
    expect((await readFile(join(other.log, 'posthorn.log'), 'utf8')).includes('restored from a backup')).toBe(true)
    // A backup of that, restored once more.
    const third = homeAt(join(folder, 'third'))
    await restore(third, await backup(other, join(folder, 'two')))
    const last = await openNode(third, silentLog)
    expect(last.restored).toMatchObject({ number: 2 })
    await last.stop()
  }, 60_000)

  it('lies in an empty folder that a person has made for it, and nowhere else that is something', async () => {
    const folder = await scratchDirectory()
    const home = await node(folder)
    const bytes = await backup(home, join(folder, 'one'))
    const before = (await readdir(folder)).sort()
    await writeFile(join(folder, 'file'), '')
    await symlink(join(folder, 'elsewhere'), join(folder, 'link'))
    for (const path of [home.path, join(folder, 'file'), join(folder, 'link')]) {
      await expect(restore(homeAt(path), bytes), path).rejects.toMatchObject({ code: 'home-not-empty' })
    }
    await mkdir(join(folder, 'made'))
    await restore(homeAt(join(folder, 'made')), bytes)
    expect((await readdir(folder)).sort()).toEqual([...before, 'file', 'link', 'made'].sort())
  }, 60_000)
})

describe('a backup that cannot be made', () => {
  it('is not there, nor half of it', async () => {
    const folder = await scratchDirectory()
    const home = await node(folder)
    const inside = backup(home, join(home.path, 'one'))
    await expect(inside).rejects.toMatchObject({ code: 'backup-inside-home' })
    await writeFile(join(folder, 'taken'), 'mine')
    await expect(backup(home, join(folder, 'taken'))).rejects.toMatchObject({ code: 'file-exists' })
    const stop = new AbortController()
    const options = { passphrase, progress: () => stop.abort(), node: { id: 'X', name: 'x' } }
    const scratch = join(home.path, 'scratch')
    const stopped = backUpToFile(home, join(folder, 'cut'), { ...options, signal: stop.signal, scratch })
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' })
    expect((await readdir(folder)).sort()).toEqual(['home', 'taken'])
    expect(await readFile(join(folder, 'taken'), 'utf8')).toBe('mine')
    // The lock is free again.
    expect(await idOf(home)).toHaveLength(52)
  }, 60_000)

  it('because somebody’s mail is on a disk that is away is refused, not made without it', async () => {
    const folder = await scratchDirectory()
    const home = await node(folder)
    await rename(join(home.mail, 'alice'), join(folder, 'away'))
    await expect(backup(home, join(folder, 'one'))).rejects.toMatchObject({ code: 'maildir-missing' })
    expect((await readdir(folder)).sort()).toEqual(['away', 'home'])
  })
})

describe('threats: a backup', () => {
  let folder: string
  let whole: Buffer
  let parts: { manifest: string; files: Map<string, Buffer> }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-backup-'))
    const home = await node(folder)
    whole = await backup(home, join(folder, 'whole'))
    const files = new Map<string, Buffer>()
    for (const name of ['posthorn.toml', 'keys.json', 'posthorn.db']) {
      files.set(`home/${name}`, await readFile(join(home.path, name)))
    }
    const manifest = { format: 1, node: { id: await idOf(home), name: 'camp' }, madeAt: '2026-01-02T03:04:05.000Z' }
    parts = { manifest: JSON.stringify({ ...manifest, home: home.path }), files }
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  interface Craft {
    readonly manifest?: string | null
    readonly without?: string
    readonly more?: readonly (readonly [path: string, content: string])[]
    readonly change?: (archive: Uint8Array[]) => Uint8Array[]
  }

  /** Sealed with the right passphrase by somebody who means ill. */
  async function crafted({ manifest = parts.manifest, without, more = [], change = same => same }: Craft) {
    const file = (path: string, content: Uint8Array) => [
      ...archiveHeaders({ type: 'file', path, sizeBytes: content.length, modifiedAtMs: 0 }),
      content,
      archiveFiller(content.length),
    ]
    const archive = [
      ...(manifest === null ? [] : file('posthorn-backup.json', Buffer.from(manifest))),
      ...[...parts.files].filter(([path]) => path !== without).flatMap(([path, content]) => file(path, content)),
      ...more.flatMap(([path, content]) => file(path, Buffer.from(content))),
    ]
    const bytes = Buffer.concat([...change(archive), archiveEnd()])
    const chunks: Uint8Array[] = []
    for await (const chunk of sealed(cutInto(bytes), { passphrase, random: randomBytes, costLog: 10 })) {
      chunks.push(Buffer.from(chunk))
    }
    return Buffer.concat(chunks)
  }

  async function refused(bytes: Uint8Array, code = 'backup-broken', words = passphrase): Promise<void> {
    const before = (await readdir(folder)).sort()
    await expect(restore(homeAt(join(folder, 'new')), bytes, words)).rejects.toMatchObject({ code, retry: 'never' })
    expect((await readdir(folder)).sort()).toEqual(before)
  }

  it('that is sound is restored, or the others prove nothing', async () => {
    const home = homeAt(join(folder, 'sound'))
    expect(await restore(home, await crafted({ more: [['home/own/x', 'x']] }))).toMatchObject({ files: 4 })
    expect(await readFile(join(home.path, 'own/x'), 'utf8')).toBe('x')
  })

  it.each([
    '../evil',
    '/etc/evil',
    'home/../evil',
    'home/mail/../../evil',
    'home/..',
    'home/.',
    'home//evil',
    'home/evil/',
    'evil',
    'homeevil',
    'home/lock.db',
    'home/admin.sock',
    'home/log/posthorn.log',
    'home/posthorn.db-wal',
    'home/spool/tmp/x',
    `home/${'x/'.repeat(100)}x`,
    `home/${'x'.repeat(5000)}`,
    `home/${'x'.repeat(300)}`,
  ])('with the name %j writes nothing anywhere', async path => {
    await refused(await crafted({ more: [[path, 'evil']] }))
  })

  it('with links, devices and folders follows and makes none', async () => {
    for (const type of ['1', '2', '3', '4', '5', '6', 'S', '7']) {
      const change = (archive: Uint8Array[]) => {
        const header = Buffer.from(archive.at(-3) ?? [])
        header.write(type, 156)
        header.fill(' ', 148, 156)
        header.write(
          `${header
            .reduce((sum, byte) => sum + byte, 0)
            .toString(8)
            .padStart(6, '0')}\0 `,
          148,
          'latin1',
        )
        return archive.with(-3, header)
      }
      await refused(await crafted({ more: [['home/evil', '']], change }))
    }
  })

  it('with two files of one name, or a file where a folder is, is refused', async () => {
    await refused(await crafted({ more: [['home/keys.json', 'other']] }))
    await refused(
      await crafted({
        more: [
          ['home/a', ''],
          ['home/a/b', ''],
        ],
      }),
    )
    await refused(
      await crafted({
        more: [
          ['home/a/b', ''],
          ['home/a', ''],
        ],
      }),
    )
    await refused(
      await crafted({
        more: [
          ['home/a', ''],
          ['home/a', 'x'.repeat(300_000)],
        ],
      }),
    )
  })

  it('that is no whole home is refused', async () => {
    for (const path of parts.files.keys()) await refused(await crafted({ without: path }))
    await refused(await crafted({ manifest: null }), 'not-a-backup')
    await refused(await crafted({ manifest: '{"format":2}' }), 'not-a-backup')
    await refused(await crafted({ manifest: 'x'.repeat(70_000) }), 'not-a-backup')
    const other = parts.manifest.replace(/"id":"[^"]*"/, `"id":"${'A'.repeat(52)}"`)
    await refused(await crafted({ manifest: other }))
  })

  it('of a database that is damaged, or is none, is refused', async () => {
    const sound = parts.files.get('home/posthorn.db') ?? Buffer.alloc(0)
    const damaged = Buffer.from(sound)
    damaged.fill(0x5a, 8192, 40_000)
    for (const content of [damaged, Buffer.from('no database at all, and too long for one'.repeat(100))]) {
      const files = parts.files
      parts = { ...parts, files: new Map([...files, ['home/posthorn.db', content]]) }
      await refused(await crafted({}))
      parts = { ...parts, files }
    }
  })

  it('cut, altered, or with another passphrase leaves nothing behind', async () => {
    await refused(whole, 'wrong-passphrase', Buffer.from('other'))
    const path = join(folder, 'copy')
    await writeFile(path, whole)
    for (const size of [whole.length - 1, whole.length - 70_000, 100_000]) {
      await truncate(path, size)
      await refused(await readFile(path))
    }
    const altered = Buffer.from(whole)
    altered[whole.length - 100_000] = (altered[whole.length - 100_000] ?? 0) ^ 1
    await refused(altered)
  }, 60_000)

  it('is checked without writing anything', async () => {
    const before = (await readdir(folder)).sort()
    const check = (bytes: Uint8Array) => checkBackup(cutInto(bytes), { passphrase, progress })
    expect(await check(whole)).toMatchObject({ node: { name: 'camp' }, files: expect.any(Number) })
    await expect(check(whole.subarray(0, -1))).rejects.toMatchObject({ code: 'backup-broken' })
    await expect(check(await crafted({ more: [['../evil', '']] }))).rejects.toMatchObject({ code: 'backup-broken' })
    expect((await readdir(folder)).sort()).toEqual(before)
  }, 60_000)
})
