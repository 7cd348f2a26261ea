import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { readArchive } from '@posthorn/nncp'
import { describe, expect, it } from 'vitest'
import { openSqlite } from '../../stores/database/sqlite.ts'
import { scratchDirectory } from '../../stores/files/scratch-directory.ts'
import { Packing } from './pack.ts'

interface Rig {
  readonly home: string
  put(path: string, content?: string): Promise<void>
  /** What the archive holds, by name. `onFile` hears of each file when it is there. */
  pack(onFile?: (name: string) => Promise<void>): Promise<Map<string, string>>
  readonly packing: Packing
}

async function rig(signal = new AbortController().signal): Promise<Rig> {
  const folder = await scratchDirectory()
  const home = join(folder, 'home')
  await mkdir(home)
  await writeFile(join(folder, 'snapshot'), 'the database')
  const parts = { manifest: '{}', database: join(folder, 'snapshot'), scratch: join(folder, 'scratch') }
  const packing = new Packing({ home, ...parts, signal })
  return {
    home,
    packing,
    async put(path, content = path) {
      await mkdir(join(home, path, '..'), { recursive: true })
      await writeFile(join(home, path), content)
    },
    async pack(onFile = async () => {}) {
      const found = new Map<string, string>()
      for await (const { path, body } of readArchive(copied(packing.chunks()))) {
        const chunks: Uint8Array[] = []
        for await (const chunk of body) chunks.push(chunk)
        expect(found.has(path), path).toBe(false)
        found.set(path, Buffer.concat(chunks).toString())
        await onFile(path)
      }
      return found
    },
  }
}

/** What is lent is not kept by the reader of archives. */
async function* copied(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) yield Buffer.from(chunk)
}

describe('what is packed of a home', () => {
  it('is all but what belongs to this moment, with the snapshot in the place of the database', async () => {
    const here = await rig()
    const inside = ['keys.json', 'spool/bodies/AB/X', 'queue/f', 'incoming/bob/song', 'tls/key.pem', 'own/script.sh']
    const large = 'x'.repeat(700_000)
    for (const path of inside) await here.put(path)
    await here.put('mail/a/cur/large', large)
    const outside = [
      'snapshots/a.db',
      'damaged/x',
      'lock.db',
      'transfer/x',
      'log/posthorn.log',
      'programs/x',
      'queue/programs/x',
      'keys.json.new',
    ]
    const beside = ['posthorn.db-wal', 'posthorn.db.in-use', 'posthorn.db.alarm', 'posthorn.db.making-wal']
    for (const path of [...outside, ...beside, 'spool/tmp/x', 'spool/partial/Y', 'mail/a/tmp/half']) {
      await here.put(path)
    }
    await here.put('posthorn.db', 'being written')
    const found = await here.pack()
    expect([...found.keys()].sort()).toEqual(
      ['posthorn-backup.json', ...[...inside, 'posthorn.db', 'mail/a/cur/large'].map(path => `home/${path}`)].sort(),
    )
    expect(found.get('home/posthorn.db')).toBe('the database')
    expect(found.get('home/mail/a/cur/large')).toBe(large)
    expect(here.packing.outcome()).toMatchObject({ files: 8, leftOut: [] })
  })

  it('goes through links at the top of the home, and tells of those below', async () => {
    const here = await rig()
    const elsewhere = await scratchDirectory()
    await mkdir(join(elsewhere, 'a', 'cur'), { recursive: true })
    await writeFile(join(elsewhere, 'a', 'cur', 'letter'), 'letter')
    await symlink(elsewhere, join(here.home, 'mail'))
    await writeFile(join(elsewhere, 'operator.toml'), 'config')
    await symlink(join(elsewhere, 'operator.toml'), join(here.home, 'posthorn.toml'))
    await here.put('incoming/bob/song')
    await symlink('/etc/passwd', join(here.home, 'incoming/bob/link'))
    await symlink('/etc', join(here.home, 'incoming/etc'))
    const server = createServer().listen(join(here.home, 'own.sock'))
    const found = await here.pack()
    server.close()
    expect([...found.values()]).toEqual(expect.arrayContaining(['letter', 'config', 'incoming/bob/song']))
    expect([...found.keys()].filter(name => /link|etc|sock|operator/.test(name))).toEqual([])
    expect([...here.packing.outcome().leftOut].sort()).toEqual(
      ['incoming/bob/link', 'incoming/etc', 'own.sock', 'mail/operator.toml'].sort(),
    )
  })

  it('of another program’s SQLite file is a copy by SQLite, with what is only in its log yet', async () => {
    const here = await rig()
    await mkdir(join(here.home, 'chat'))
    const other = openSqlite(join(here.home, 'chat', 'dc.db'), { busyTimeoutMs: 0 })
    other.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0')
    other.exec(`CREATE TABLE t (x TEXT); INSERT INTO t VALUES ('only in the log')`)
    await here.put('chat/notes-wal', 'no log of SQLite')
    const damaged = `SQLite format 3\0${'x'.repeat(5000)}`
    await here.put('chat/damaged.db', damaged)
    const found = await here.pack()
    other.close()
    expect([...found.keys()].filter(name => name.includes('chat'))).toEqual(
      expect.arrayContaining(['home/chat/dc.db', 'home/chat/notes-wal']),
    )
    expect(found.has('home/chat/dc.db-wal')).toBe(false)
    expect(found.get('home/chat/damaged.db')).toBe(damaged)
    expect(found.get('home/chat/dc.db')).toContain('only in the log')
  })
})

describe('letters that move while they are packed', () => {
  const letters = (found: Map<string, string>) =>
    [...found].filter(([name]) => name.includes('letter')).map(([, content]) => content)

  it('are there: flagged, read, and put into a folder that was listed before', async () => {
    const here = await rig()
    for (let number = 0; number < 30; number += 1) await here.put(`mail/a/cur/letter${number}:2,`, `${number}`)
    await here.put('mail/a/new/letter30', '30')
    await here.put('mail/a/.Work/cur/letter31:2,', '31')
    await here.put('mail/a/posthorn-uidvalidity', 'before')
    const home = (path: string) => join(here.home, 'mail/a', path)
    let first = true
    const found = await here.pack(async name => {
      if (!name.endsWith(':2,') || !first) return
      first = false
      // Whatever was met first, these were not yet.
      for (let number = 1; number < 30; number += 1) {
        const to = number % 2 === 0 ? `cur/letter${number}:2,S` : `.Work/cur/letter${number}:2,`
        if (!name.endsWith(`/letter${number}:2,`)) await rename(home(`cur/letter${number}:2,`), home(to))
      }
      await rename(home('new/letter30'), home('cur/letter30:2,')).catch(() => {})
      await writeFile(home('posthorn-uidvalidity'), 'after')
    })
    expect(new Set(letters(found))).toEqual(new Set(Array.from({ length: 32 }, (_, number) => `${number}`)))
    // The mark is above all of them.
    expect(found.get('home/mail/a/posthorn-uidvalidity')).toBe('after')
  })

  it('and come without end do not keep it for ever', async () => {
    const here = await rig()
    await here.put('mail/a/new/letter0')
    await mkdir(join(here.home, 'mail/a/cur'))
    let number = 0
    const found = await here.pack(async name => {
      number += 1
      if (name.includes('letter')) await here.put(`mail/a/new/letter${number}`)
    })
    expect(letters(found).length).toBeGreaterThan(5)
    expect(letters(found).length).toBeLessThan(100)
  })

  it('and are gone are no fault; a signal ends it', async () => {
    const stop = new AbortController()
    const here = await rig(stop.signal)
    for (let number = 0; number < 5; number += 1) await here.put(`mail/a/cur/letter${number}:2,`)
    await expect(here.pack(async name => void (name.includes('letter') && stop.abort()))).rejects.toMatchObject({
      name: 'AbortError',
    })
    expect(await readFile(join(here.home, 'mail/a/cur/letter0:2,'), 'utf8')).toBe('mail/a/cur/letter0:2,')
  })
})
