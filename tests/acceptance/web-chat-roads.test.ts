/** People of two nodes who chat in their browsers, with a stick between the nodes. */
import { mkdir, readdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { installedEngine } from '../../packages/node/src/services/chat-engine/index.ts'
import { type TestNode, twoNodes } from '../support/node.ts'
import { noisePng } from '../support/picture.ts'
import { makeStick, sync } from '../support/stick.ts'
import { WebPeople } from '../support/web-people.ts'

const installed = installedEngine() !== undefined
if (!installed) console.warn('SKIPPED: no chat engine for this platform')

describe.skipIf(!installed)('chats on the web between two nodes', () => {
  let nodes: { valley: TestNode; ridge: TestNode }
  let stick: Awaited<ReturnType<typeof makeStick>>
  let valley: WebPeople
  let ridge: WebPeople

  beforeEach(async () => {
    const { alice, bob, ...both } = await twoNodes()
    nodes = both
    stick = await makeStick()
    await Promise.all([nodes.valley.start(), nodes.ridge.start()])
    valley = await WebPeople.of(nodes.valley, [alice])
    ridge = await WebPeople.of(nodes.ridge, [bob])
  })
  afterEach(async () => {
    valley?.stop()
    ridge?.stop()
    await Promise.all([nodes.valley.remove(), nodes.ridge.remove(), stick.remove()])
  })

  /** Files on the stick with more bytes than that. */
  async function large(bytes: number): Promise<string[]> {
    const found: string[] = []
    for (const entry of await readdir(stick.path, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isFile() && (await stat(path)).size > bytes) found.push(path)
    }
    return found
  }

  it('a photo whose rest comes by a later stick is said to be coming, and then is there', async () => {
    const { vcard } = await ridge.call('bob', 'contacts.card', { ids: [1] })
    const [contact = 0] = (await valley.call('alice', 'contacts.read', { vcard })).ids
    const { chat } = await valley.call('alice', 'chats.with', { contact })
    const upload = await valley.upload('alice', 'view.png', noisePng(700, 700, 1))
    const file = { upload, name: 'view.png', kind: 'image' as const }
    const { message } = await valley.call('alice', 'messages.send', { chat, text: 'the view', file })
    await valley.becomes('alice', message, ({ state }) => state === 'sent')
    await expect
      .poll(async () => (await sync(nodes.valley, stick.path)).present + (await large(100_000)).length)
      .toBeGreaterThan(2)

    const [rest = ''] = await large(100_000)
    const away = join(nodes.valley.home, 'left-at-home')
    await mkdir(away)
    await rename(rest, join(away, 'rest'))
    await sync(nodes.ridge, stick.path)
    const announced = await ridge.find('bob', ({ mine }) => !mine)
    expect(announced).toMatchObject({ rest: 'coming', text: 'the view', kind: 'image' })
    expect(announced.file).toMatchObject({ path: null, width: 700, height: 700 })

    await ridge.call('bob', 'messages.fetch', { message: announced.id })
    expect(await ridge.message('bob', announced.id)).toMatchObject({ rest: 'coming' })
    await rename(join(away, 'rest'), rest)
    await sync(nodes.ridge, stick.path)
    const whole = await ridge.becomes('bob', announced.id, ({ rest }) => rest === 'here')
    expect(whole).toMatchObject({ text: 'the view', kind: 'image', file: { path: expect.any(String) } })
    expect((await ridge.file('bob', whole.file?.path ?? ''))?.body.length).toBe(whole.file?.sizeBytes)
  })
})
