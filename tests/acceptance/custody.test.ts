import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inboxLetters, lettersOnDisk, sendLetter } from '../support/mail.ts'
import { type Access, posthorn, TestNode, twoNodes } from '../support/node.ts'
import { makeStick, sync } from '../support/stick.ts'

describe('one home, one daemon', () => {
  let node: TestNode
  beforeAll(async () => {
    node = await TestNode.make('single')
    await node.start()
  })
  afterAll(() => node.remove())

  it('refuses a second daemon, in words', async () => {
    const second = await posthorn(['start', '--home', node.home])
    expect(second.code).toBe(1)
    expect(second.stderr).toContain('Another Posthorn already runs')
  })

  it('frees the home at kill -9', async () => {
    await node.end('SIGKILL')
    await node.start()
    expect(await node.run(['status'])).toMatchObject({ running: true })
  })

  it('reports every fault of the configuration with its path', async () => {
    await node.end()
    await writeFile(join(node.home, 'posthorn.toml'), '[node]\nname = "NO"\n[listen]\nsmtp = -1\ntelnet = 23\n')
    const refused = await posthorn(['start', '--home', node.home])
    expect(refused.code).toBe(1)
    for (const path of ['node.name', 'listen.smtp', 'listen.telnet']) expect(refused.stderr).toContain(path)
  })
})

describe('letters between two nodes', () => {
  let valley: TestNode
  let ridge: TestNode
  let alice: Access
  let bob: Access
  let stick: Awaited<ReturnType<typeof makeStick>>

  beforeAll(async () => {
    stick = await makeStick()
    ;({ valley, ridge, alice, bob } = await twoNodes())
    await Promise.all([valley.start(), ridge.start()])
  })
  afterAll(async () => {
    await Promise.all([valley.remove(), ridge.remove(), stick.remove()])
  })

  const queued = async (node: TestNode) => {
    const { neighbours } = await node.run<{ neighbours: { queued: { packets: number } }[] }>(['status'])
    return neighbours[0]?.queued.packets
  }

  it('keeps a packet until it is acknowledged, whatever happens to the stick', async () => {
    await sendLetter(alice, { to: bob.address, text: 'first', messageId: '<first@test>' })
    expect((await sync(valley, stick.path)).written.packets).toBe(1)
    expect(await queued(valley)).toBe(1)
    await rm(stick.path, { recursive: true })
    const other = await makeStick()
    expect((await sync(valley, other.path)).written.packets).toBe(1)
    const taken = await sync(ridge, other.path)
    expect(taken.taken.packets).toBe(1)
    // The acknowledgement, and the receipt.
    expect(taken.written.packets).toBe(2)
    await sync(valley, other.path)
    expect(await queued(valley)).toBe(0)
    expect((await inboxLetters(bob)).filter(letter => letter.text.includes('first'))).toHaveLength(1)
    await other.remove()
    stick = await makeStick()
  })

  it('acknowledges once more when the acknowledgement was lost', async () => {
    await sendLetter(alice, { to: bob.address, text: 'second', messageId: '<second@test>' })
    await sync(valley, stick.path)
    await sync(ridge, stick.path)
    await rm(stick.path, { recursive: true })
    const other = await makeStick()
    await sync(valley, other.path)
    expect((await sync(ridge, other.path)).duplicates).toBe(1)
    await sync(valley, other.path)
    expect(await queued(valley)).toBe(0)
    expect((await inboxLetters(bob)).filter(letter => letter.text.includes('second'))).toHaveLength(1)
    await other.remove()
    stick = await makeStick()
  })

  it('clears copies of a packet that arrived by another road', async () => {
    const late = await makeStick()
    await sendLetter(alice, { to: bob.address, text: 'third', messageId: '<third@test>' })
    await sync(valley, late.path)
    await sync(valley, stick.path)
    await sync(ridge, stick.path)
    await sync(valley, stick.path)
    expect((await sync(valley, late.path)).retired).toBe(1)
    await late.remove()
  })

  it('tells the sender when nobody there has that name', async () => {
    const nobody = bob.address.replace('bob@', 'nobody@')
    await sendLetter(alice, { to: [nobody, bob.address], text: 'fourth', messageId: '<fourth@test>' })
    await sync(valley, stick.path)
    await sync(ridge, stick.path)
    await sync(valley, stick.path)
    const report = (await inboxLetters(alice)).find(letter => letter.text.includes('multipart/report'))
    expect(report?.text).toContain(`Final-Recipient: rfc822; ${nobody}`)
    expect(report?.text).toContain('In-Reply-To: <fourth@test>')
    expect((await inboxLetters(bob)).filter(letter => letter.text.includes('fourth'))).toHaveLength(1)
  })

  it('refuses at once what can never arrive', async () => {
    const unknownNode = 'bob@camp-aaaaaaaaaaaaaaaa.nncp.alt'
    await expect(sendLetter(alice, { to: unknownNode, text: 'x' })).rejects.toMatchObject({ responseCode: 550 })
    const unknownUser = alice.address.replace('alice@', 'nobody@')
    await expect(sendLetter(alice, { to: unknownUser, text: 'x' })).rejects.toMatchObject({ responseCode: 550 })
  })

  it('delivers a letter to a neighbour in the same house without any packet', async () => {
    const carol = await valley.addUser('carol')
    await sendLetter(alice, { to: carol.address, text: 'fifth' })
    expect(await queued(valley)).toBe(0)
    expect((await inboxLetters(carol)).map(letter => letter.text.includes('fifth'))).toEqual([true])
  })
})

const asRoot = process.getuid?.() === 0
if (!asRoot) console.warn('SKIPPED: a full disk is tested on a small tmpfs, which needs root')

describe.skipIf(!asRoot)('a full disk', () => {
  let disk: string
  let node: TestNode
  let alice: Access

  beforeAll(async () => {
    disk = await mkdtemp(join(tmpdir(), 'posthorn-disk-'))
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk]).status).toBe(0)
    node = await TestNode.makeIn(join(disk, 'home'), 'small')
    alice = await node.addUser('alice')
    await node.start()
  })
  afterAll(async () => {
    await node?.remove()
    spawnSync('umount', [disk])
    await rm(disk, { recursive: true, force: true })
  })

  it('says no 250, keeps nothing half-written, and recovers by itself', async () => {
    const letter = { to: alice.address, text: 'x'.repeat(3_000_000), messageId: '<large@test>' }
    const { bavail, bsize } = await statfs(disk)
    await writeFile(join(disk, 'filler'), Buffer.alloc(bavail * bsize - 1_500_000))
    await expect(sendLetter(alice, letter)).rejects.toThrow()
    expect(await readdir(join(node.home, 'spool', 'tmp'))).toEqual([])
    expect(await lettersOnDisk(node.home, 'alice')).toEqual([])
    await rm(join(disk, 'filler'))
    const sent = () =>
      sendLetter(alice, letter).then(
        () => 'accepted',
        () => 'not yet',
      )
    await expect.poll(sent, { timeout: 60_000, interval: 500 }).toBe('accepted')
    expect(await lettersOnDisk(node.home, 'alice')).toHaveLength(1)
  })
})
