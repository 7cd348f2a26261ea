/**
 * A camp and a hut with the folder blue-1 between them and no line; Alice, Carol and Layla live in the camp, Bob in the
 * hut. They have written to each other as people do, and one message waits for the folder.
 */
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import { landscape, portrait } from './landscape.ts'
import { type Access, TestNode } from './node.ts'
import { WebClient } from './web-client.ts'

/** Nobody listens there. */
const nowhere = 'tcp://127.0.0.1:1'

export const toBob = {
  read: 'Did the pump come over the ridge?',
  waits: 'Bring two fuses too, if you have them.',
} as const

export interface SmallWorld {
  readonly camp: TestNode
  readonly hut: TestNode
  /** Nobody lives there yet. */
  readonly mill: TestNode
  readonly alice: WebClient
  readonly password: string
  readonly chats: Readonly<Record<'group' | 'bob' | 'layla', number>>
  /** Where the folder lies. */
  readonly place: string
  remove(): Promise<void>
}

interface Persons {
  readonly alice: WebClient
  readonly bob: WebClient
  readonly carol: WebClient
  readonly layla: WebClient
}

export async function makeSmallWorld(): Promise<SmallWorld> {
  const place = await mkdtemp(join(tmpdir(), 'posthorn-views-'))
  const stick = join(place, 'blue-1')
  await mkdir(stick)
  const nodes = await Promise.all([TestNode.make('camp'), TestNode.make('hut'), TestNode.make('mill')])
  const [camp, hut, mill] = nodes
  const remove = async () => {
    await Promise.all(nodes.map(node => node.remove()))
    await rm(place, { recursive: true, force: true })
  }
  try {
    const access = await settle(nodes, stick)
    const persons = await signedIn(camp, hut, access)
    const chats = await talk(persons)
    const { group, layla, bob } = chats
    for (const chat of [group, layla, bob]) await persons.alice.call('chats.noticed', { chat })
    await rename(stick, join(place, 'in-a-pocket'))
    await say(persons.alice, chats.bob, toBob.waits)
    const { alice } = persons
    return { camp, hut, mill, alice, password: access.alice.password, chats, place, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

type Accesses = Readonly<Record<keyof Persons, Access>>

/** The nodes know each other, share the folder and run. */
async function settle([camp, hut, mill]: readonly [TestNode, TestNode, TestNode], stick: string): Promise<Accesses> {
  const campCard = await camp.card()
  await camp.run(['neighbour', 'add', await hut.card(), '--addr', nowhere])
  await camp.run(['neighbour', 'add', await mill.card(), '--addr', nowhere])
  await hut.run(['neighbour', 'add', campCard, '--addr', nowhere])
  for (const node of [camp, hut]) await node.run(['folder', 'add', stick, '--name', 'blue-1'])
  const alice = await camp.addUser('alice')
  const [carol, layla] = [await camp.addUser('carol'), await camp.addUser('layla')]
  const bob = await hut.addUser('bob')
  await Promise.all([camp.start(), hut.start(), mill.start()])
  return { alice, bob, carol, layla }
}

async function signedIn(camp: TestNode, hut: TestNode, access: Accesses): Promise<Persons> {
  const [alice, bob, carol, layla] = await Promise.all([
    WebClient.signIn(camp, access.alice),
    WebClient.signIn(hut, access.bob),
    WebClient.signIn(camp, access.carol),
    WebClient.signIn(camp, access.layla),
  ])
  const picture = (who: WebClient, name: 'alice' | 'bob') => who.upload(`${name}.png`, portrait(name, 256))
  await alice.call('profile.change', { name: 'Alice', status: 'At the camp', avatar: await picture(alice, 'alice') })
  await bob.call('profile.change', { name: 'Bob', status: 'Up at the hut', avatar: await picture(bob, 'bob') })
  await carol.call('profile.change', { name: 'Carol' })
  await layla.call('profile.change', { name: 'ليلى' })
  return { alice, bob, carol, layla }
}

async function talk({ alice, bob, carol, layla }: Persons): Promise<SmallWorld['chats']> {
  const chats = {
    bob: await alice.chatWith(bob),
    carol: await alice.chatWith(carol),
    layla: await alice.chatWith(layla),
  }
  for (const [one, other] of [
    [bob, alice],
    [carol, alice],
    [bob, carol],
    [carol, bob],
    [layla, alice],
  ] as const) {
    await one.chatWith(other)
  }
  await talkInArabic(alice, layla, chats.layla)
  await talkWithCarol(alice, carol, chats.carol)
  const group = await talkInGroup({ alice, bob, carol, layla }, [chats.bob, chats.carol])
  await talkWithBob(alice, bob, chats.bob)
  return { bob: chats.bob, layla: chats.layla, group }
}

async function talkInArabic(alice: WebClient, layla: WebClient, chat: number): Promise<void> {
  await say(alice, chat, 'مرحبا ليلى، هل وصلت الرسالة من الجبل؟')
  const { chat: back } = await layla.came('مرحبا ليلى')
  await say(layla, back, 'نعم، وصلت اليوم مع المفتاح الأزرق blue-1.')
  await alice.came('نعم، وصلت')
  await say(alice, chat, 'شكرا! نلتقي عند البئر في الساعة الخامسة.')
}

async function talkWithCarol(alice: WebClient, carol: WebClient, chat: number): Promise<void> {
  await say(alice, chat, 'Is there still tea at the kitchen?')
  const { chat: back } = await carol.came('still tea')
  await say(carol, back, 'A whole pot. Come before it is cold!')
  await alice.came('A whole pot')
}

async function talkInGroup(persons: Persons, singles: readonly number[]): Promise<number> {
  const { alice, bob, carol } = persons
  const members: number[] = []
  for (const chat of singles) members.push(...(await alice.call('chats.show', { chat })).members)
  const others = [...new Set(members)].filter(id => id > 9)
  const picture = await alice.upload('waters.png', landscape(256, 256))
  const { chat } = await alice.call('chats.create', {
    kind: 'group',
    name: 'Water and roads',
    members: others,
    picture,
  })
  await say(alice, chat, 'Good morning! How is the road to the lake after the rain?')
  const [atBob, atCarol] = [await bob.came('Good morning'), await carol.came('Good morning')]
  for (const [who, at] of [[bob, atBob] as const, [carol, atCarol] as const]) {
    await who.call('chats.accept', { chat: at.chat }).catch(() => undefined)
  }
  const upload = await bob.upload('lake.png', landscape(960, 640))
  const file = { upload, name: 'lake.png', kind: 'image' as const }
  await bob.call('messages.send', { chat: atBob.chat, text: 'Dry up to the bridge. The lake this evening:', file })
  const photo = await alice.came('Dry up to the bridge')
  await carol.came('Dry up to the bridge')
  await say(carol, atCarol.chat, 'How beautiful! Then I drive up tomorrow with the spare pump.', atCarol.id)
  await alice.call('messages.react', { message: photo.id, emoji: '😍' })
  await carol.call('messages.react', { message: (await carol.came('Dry up to')).id, emoji: '👍' })
  const list = await carol.upload('Spare parts.pdf', Buffer.from(`%PDF-1.4\n${'% parts\n'.repeat(6000)}`))
  const pdf = { upload: list, name: 'Spare parts.pdf', kind: 'file' as const }
  await carol.call('messages.send', { chat: atCarol.chat, text: 'Tell me what is missing.', file: pdf })
  await alice.came('what is missing')
  await say(alice, chat, 'Two fuses and the long hose, please.')
  await say(alice, chat, 'I bring the water cans to the bridge at nine.')
  await bob.came('water cans')
  await alice.call('chats.arrange', { chat, place: 'pinned' })
  return chat
}

async function talkWithBob(alice: WebClient, bob: WebClient, chat: number): Promise<void> {
  await say(alice, chat, toBob.read)
  const came = await bob.came(toBob.read)
  await bob.call('messages.seen', { ids: [came.id] })
  await say(bob, came.chat, 'Yes! It runs since this morning. Thank you all.')
  await alice.came('It runs since')
  await vi.waitFor(
    async () => {
      if ((await alice.came(toBob.read)).state !== 'read') throw new Error('Bob has not read it')
    },
    { timeout: 60_000, interval: 200 },
  )
}

async function say(who: WebClient, chat: number, text: string, quote?: number): Promise<void> {
  await who.call('messages.send', { chat, text, ...(quote === undefined ? {} : { quote }) })
}
