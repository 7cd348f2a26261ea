import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Message, Person } from '../support/chat.ts'
import { type CoreVersion, coreBinary, DeltaChat } from '../support/deltachat.ts'
import { introduce, TestNode } from '../support/node.ts'
import { noisePng } from '../support/picture.ts'
import { carryRound, makeStick } from '../support/stick.ts'

const pairs: readonly [CoreVersion, CoreVersion][] = [
  ['2.57', '2.57'],
  ['2.62', '2.48'],
]

for (const [versionA, versionB] of pairs) {
  const installed = coreBinary(versionA) !== undefined && coreBinary(versionB) !== undefined
  if (!installed) console.warn(`SKIPPED: no Delta Chat cores ${versionA} and ${versionB} for this platform`)

  describe.skipIf(!installed)(
    `Delta Chat ${versionA} and ${versionB} over a stick, without a network between them`,
    () => {
      let folder: string
      let valley: TestNode
      let ridge: TestNode
      let alice: Person
      let bob: Person
      let stick: Awaited<ReturnType<typeof makeStick>>
      let carrying: ReturnType<typeof carryRound>
      let aliceWithBob: number
      let bobWithAlice: number

      beforeAll(async () => {
        folder = await mkdtemp(join(tmpdir(), 'posthorn-apps-'))
        stick = await makeStick()
        valley = await TestNode.make('valley')
        ridge = await TestNode.make('ridge')
        await introduce(valley, ridge)
        await Promise.all([valley.start(), ridge.start()])
        alice = await login(valley, 'alice', versionA)
        bob = await login(ridge, 'bob', versionB)
        carrying = carryRound([valley, ridge], stick.path)
      })

      afterAll(async () => {
        await carrying?.stop()
        await Promise.all([alice?.core.stop(), bob?.core.stop()])
        await Promise.all([valley?.remove(), ridge?.remove(), stick?.remove()])
        await rm(folder, { recursive: true, force: true })
      })

      async function login(node: TestNode, name: string, version: CoreVersion): Promise<Person> {
        const { dclogin } = await node.addUser(name)
        const core = DeltaChat.start(join(folder, name), version)
        return new Person(core, await core.login(dclogin, name))
      }

      const saying = (text: string) => (message: Message) => message.text === text

      it('completes SecureJoin', async () => {
        bobWithAlice = await bob.scan(await alice.invite())
        const done = (fields: Readonly<Record<string, unknown>>) => fields['progress'] === 1000
        await Promise.all([bob.event('SecurejoinJoinerProgress', done), alice.event('SecurejoinInviterProgress', done)])
      })

      it('carries texts both ways, a quote reply and a reaction', async () => {
        await bob.sendText(bobWithAlice, 'Are you there?')
        const asked = await alice.incoming(saying('Are you there?'))
        aliceWithBob = asked.chatId
        await alice.send(aliceWithBob, { text: 'Yes.', quotedMessageId: asked.id })
        const answered = await bob.incoming(saying('Yes.'))
        expect(answered.quote?.text).toBe('Are you there?')

        await bob.react(answered.id, '❤️')
        const mine = (await alice.messageIds(aliceWithBob)).at(-1) ?? 0
        const seen = await alice.becomes(mine, message => (message.reactions?.reactions.length ?? 0) > 0)
        expect(seen.reactions?.reactions[0]?.emoji).toBe('❤️')
      })

      it('carries a photo that travels as two messages', async () => {
        const picture = join(folder, 'photo.png')
        await writeFile(picture, noisePng(700, 700, 1))
        await alice.send(aliceWithBob, { text: 'The view', file: picture, viewtype: 'Image' })
        // The first half tells of the picture, in words that are gone when the second half came.
        const announced = await bob.incoming(message => message.text.startsWith('The view'))
        const whole = await bob.becomes(announced.id, message => message.viewType === 'Image' && message.fileBytes > 0)
        expect(whole.text).toBe('The view')
        expect(whole.fileBytes).toBeGreaterThan(140_000)
      })

      it('carries a group', async () => {
        const group = await bob.core.call<number>('create_group_chat', bob.account, 'Mountain hut', false)
        const [contact] = (await bob.contacts()).filter(id => id > 9)
        await bob.core.call('add_contact_to_chat', bob.account, group, contact)
        await bob.sendText(group, 'Who brings bread?')
        const heard = await alice.incoming(saying('Who brings bread?'))
        await alice.accept(heard.chatId)
        await alice.sendText(heard.chatId, 'I do.')
        const answer = await bob.incoming(saying('I do.'))
        expect(answer.chatId).toBe(group)
      })

      it('delivered each message once', async () => {
        const texts = async (person: Person, chat: number) => {
          const ids = await person.messageIds(chat)
          const all = await Promise.all(ids.map(id => person.message(id)))
          return all.map(message => message.text).filter(text => ['Are you there?', 'Yes.', 'The view'].includes(text))
        }
        expect(await texts(alice, aliceWithBob)).toEqual(['Are you there?', 'Yes.', 'The view'])
        expect(await texts(bob, bobWithAlice)).toEqual(['Are you there?', 'Yes.', 'The view'])
      })
    },
  )
}
