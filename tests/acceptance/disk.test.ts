/** A node's own disk, full or read-only: said in words, nothing half-done, and all goes on when it is well again. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lettersOnDisk, sendLetter } from '../support/mail.ts'
import { type Access, introduce, posthorn, TestNode } from '../support/node.ts'
import { makeStick, sync } from '../support/stick.ts'

const asRoot = process.getuid?.() === 0
if (!asRoot) console.warn('SKIPPED: full and read-only disks are tested on a small tmpfs, which needs root')

describe.skipIf(!asRoot)('the disk of a node', () => {
  let disk: string
  let small: TestNode
  let valley: TestNode
  let alice: Access
  let bob: Access
  let stick: Awaited<ReturnType<typeof makeStick>>

  beforeAll(async () => {
    disk = await mkdtemp(join(tmpdir(), 'posthorn-disk-'))
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=224m', 'tmpfs', disk]).status).toBe(0)
    stick = await makeStick()
    small = await TestNode.makeIn(join(disk, 'home'), 'small')
    valley = await TestNode.make('valley')
    await introduce(small, valley)
    bob = await small.addUser('bob')
    alice = await valley.addUser('alice')
    await valley.start()
  })
  afterAll(async () => {
    await Promise.all([small?.remove(), valley?.remove(), stick.remove()])
    spawnSync('umount', [disk])
    await rm(disk, { recursive: true, force: true })
  })

  async function fill(freeBytes = 0): Promise<void> {
    const { bavail, bsize } = await statfs(disk)
    await writeFile(join(disk, 'filler'), Buffer.alloc(Math.max(0, bavail * bsize - freeBytes)))
  }
  const empty = () => rm(join(disk, 'filler'), { force: true })

  it('full when a person is added: said, and nobody is half-added', async () => {
    await fill()
    const refused = await posthorn(['user', 'add', 'carol', '--home', small.home])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('disk is full')
    expect(refused.stderr).not.toMatch(/^\s+at /m)
    await empty()
    expect(await small.run<{ name: string }[]>(['user', 'list'])).toHaveLength(1)
    await small.addUser('carol')
  })

  it('full when a stick is taken in: the packet stays on the stick, and is taken when there is room', async () => {
    await sendLetter(alice, { to: bob.address, text: 'over the stick', messageId: '<full@test>' })
    await sync(valley, stick.path)
    await fill()
    const report = await posthorn(['folder', 'sync', stick.path, '--home', small.home, '--json'])
    expect(report.stdout + report.stderr).toMatch(/disk-full|disk is full|noRoom/)
    expect(await packetsOn(stick.path)).toHaveLength(1)
    await empty()
    expect(await sync(small, stick.path)).toMatchObject({ taken: { packets: 1 } })
    expect(await lettersOnDisk(small.home, 'bob')).toHaveLength(1)
    await sync(valley, stick.path)
  })

  it('full when packets are opened: they wait, and are delivered once when there is room', async () => {
    await sendLetter(alice, { to: bob.address, text: 'y'.repeat(40_000_000), messageId: '<toss@test>' })
    await sync(valley, stick.path)
    await small.start()
    // Room for the packet, which compresses to little, but not for unpacking the letter and keeping it.
    await fill(72 * 1024 * 1024)
    expect(await sync(small, stick.path)).toMatchObject({ taken: { packets: 1 } })
    expect(await small.run(['status'])).toMatchObject({ inbox: { packets: 1 }, quarantine: 0 })
    expect(await lettersOnDisk(small.home, 'bob')).toHaveLength(1)
    await empty()
    await expect.poll(() => waiting(small), { timeout: 90_000, interval: 250 }).toBe(0)
    expect((await lettersOnDisk(small.home, 'bob')).filter(text => text.includes('toss@test'))).toHaveLength(1)
    await fill(1024 * 1024)
    expect(await small.run(['status'])).toMatchObject({ diskFull: { reserveBytes: 64 * 1024 * 1024 } })
    expect((await posthorn(['status', '--home', small.home])).stdout).toContain(
      'No packets are taken in until 64 MiB are free',
    )
    await empty()
    expect(await small.run(['status'])).toMatchObject({ diskFull: null })
    await small.end()
    await sync(valley, stick.path)
  })

  it('read-only: no command starts, each says why, and none shows a stack', async () => {
    expect(spawnSync('mount', ['-o', 'remount,ro', disk]).status).toBe(0)
    try {
      for (const args of [['start'], ['status'], ['user', 'add', 'dora'], ['folder', 'sync', stick.path], ['toss']]) {
        const refused = await posthorn([...args, '--home', small.home])
        expect(refused.code).toBe(1)
        expect(refused.stderr).toMatch(/read-only/i)
        expect(refused.stderr).not.toMatch(/^\s+at /m)
      }
    } finally {
      spawnSync('mount', ['-o', 'remount,rw', disk])
    }
    expect(await small.run<{ name: string }[]>(['user', 'list'])).toHaveLength(2)
  })
})

async function waiting(node: TestNode): Promise<number> {
  return (await node.run<{ inbox: { packets: number } }>(['status'])).inbox.packets
}

async function packetsOn(stick: string): Promise<string[]> {
  const names = await readdir(stick, { recursive: true })
  return names.filter(name => /[/\\][A-Z2-7]{52}[/\\][A-Z2-7]{52}$/.test(name))
}
