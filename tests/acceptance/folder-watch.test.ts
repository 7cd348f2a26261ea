import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inboxLetters, sendLetter } from '../support/mail.ts'
import { type Access, type TestNode, twoNodes } from '../support/node.ts'

/** Nobody asks for a sync here: the running nodes notice by themselves. */
const patience = { timeout: 60_000, interval: 200 }

describe('packet folders of running nodes', () => {
  let places: string
  let valley: TestNode
  let ridge: TestNode
  let alice: Access
  let bob: Access

  beforeAll(async () => {
    places = await mkdtemp(join(tmpdir(), 'posthorn-places-'))
    ;({ valley, ridge, alice, bob } = await twoNodes())
    await Promise.all([valley.start(), ridge.start()])
  })
  afterAll(async () => {
    await Promise.all([valley.remove(), ridge.remove()])
    await rm(places, { recursive: true, force: true })
  })

  const received = async (access: Access, token: string) =>
    (await inboxLetters(access)).filter(letter => letter.text.includes(token)).length

  const queued = async (node: TestNode) =>
    (await node.run<{ neighbours: { queued: { packets: number } }[] }>(['status'])).neighbours[0]?.queued.packets

  const packetsOn = async (folder: string) =>
    (await readdir(folder, { recursive: true, withFileTypes: true })).filter(
      entry => entry.isFile() && /^[A-Z2-7]{52}$/.test(entry.name),
    ).length

  it('a shared folder carries letters and acknowledgements at once', async () => {
    const shared = join(places, 'shared')
    await mkdir(shared)
    for (const node of [valley, ridge]) await node.run(['folder', 'add', shared])
    await sendLetter(alice, { to: bob.address, text: 'token-shared', messageId: '<shared@test>' })
    await expect.poll(() => received(bob, 'token-shared'), patience).toBe(1)
    await expect.poll(() => queued(valley), patience).toBe(0)
    for (const node of [valley, ridge]) await node.run(['folder', 'remove', 'shared'])
  })

  it('a stick is served when it appears, again and again', async () => {
    const [atValley, atRidge] = [join(places, 'media-valley'), join(places, 'media-ridge')]
    for (const path of [atValley, atRidge]) await mkdir(join(path, 'stick'), { recursive: true })
    await valley.run(['folder', 'add', join(atValley, 'stick'), '--name', 'blue-1'])
    await ridge.run(['folder', 'add', join(atRidge, 'stick'), '--name', 'blue-1'])
    await rm(join(atRidge, 'stick'), { recursive: true })

    for (const round of [1, 2]) {
      await sendLetter(alice, { to: bob.address, text: `token-${round}.`, messageId: `<round-${round}@test>` })
      await expect.poll(() => packetsOn(join(atValley, 'stick')), patience).toBe(1)
      await rename(join(atValley, 'stick'), join(atRidge, 'stick'))
      await expect.poll(() => received(bob, `token-${round}.`), patience).toBe(1)
      await expect.poll(() => queued(ridge), patience).toBe(0)
      await rename(join(atRidge, 'stick'), join(atValley, 'stick'))
      await expect.poll(() => queued(valley), patience).toBe(0)
    }
  })
})
