import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Person } from '../support/chat.ts'
import { type CoreVersion, coreBinary, DeltaChat } from '../support/deltachat.ts'
import { listenIn } from '../support/listening-in.ts'
import { sendLetter } from '../support/mail.ts'
import { TestNode } from '../support/node.ts'

const versions: readonly CoreVersion[] = ['2.62', '2.57', '2.48', '2.33', '1.160']

describe('Delta Chat on one node, current and old', () => {
  let folder: string
  let node: TestNode
  const people: Person[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-apps-'))
    node = await TestNode.make('camp')
    await node.start()
  })
  afterAll(async () => {
    for (const { core } of people) await core.stop()
    await node?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  for (const version of versions) {
    const installed = coreBinary(version) !== undefined
    if (!installed) console.warn(`SKIPPED: no Delta Chat core ${version} for this platform`)

    it.skipIf(!installed)(`${version} gets mail from before its first login, verifies and chats`, async () => {
      const name = version.replace('.', '-')
      const [mine, theirs] = [await node.addUser(`a-${name}`), await node.addUser(`b-${name}`)]
      await sendLetter(mine, { to: theirs.address, subject: 'Early', text: 'before you came' })

      const login = async (dclogin: string, who: string) => {
        const core = DeltaChat.start(join(folder, who), version)
        const person = new Person(core, await core.login(dclogin, who, { force_encryption: '0', show_emails: '2' }))
        people.push(person)
        return person
      }
      const bob = await login(theirs.dclogin, `b-${name}`)
      const early = await bob.incoming(message => message.text.includes('before you came'))
      expect(early.text).toContain('Early')

      const alice = await login(mine.dclogin, `a-${name}`)
      const verified = bob.event('SecurejoinJoinerProgress', fields => fields['progress'] === 1000)
      const chat = await bob.scan(await alice.invite())
      await verified
      await bob.sendText(chat, `hello from ${version}`)
      const heard = await alice.incoming(message => message.text === `hello from ${version}`)
      await alice.sendText(heard.chatId, 'and back')
      await bob.incoming(message => message.text === 'and back')
    })
  }

  for (const version of versions) {
    it.skipIf(coreBinary(version) === undefined)(
      `${version} is known by how it logs in, and offered nothing that makes it behave worse`,
      async () => {
        const access = await node.addUser(`known-${version.replace('.', '-')}`)
        const door = await listenIn(access.imap)
        try {
          const link = access.dclogin.replace(`&ip=${access.imap.port}&`, `&ip=${door.port}&`)
          expect(link).not.toBe(access.dclogin)
          const core = DeltaChat.start(join(folder, `known-${version}`), version)
          people.push(new Person(core, await core.login(link, 'known')))
          expect(door.said.length).toBeGreaterThan(0)
          for (const lines of door.said) {
            expect(lines[0]).toMatch(/^A0001 LOGIN "/)
            expect(lines.join('\n')).not.toMatch(/CONDSTORE|CHANGEDSINCE|ENABLE|COMPRESS|NOTIFY|CREATE|AUTHENTICATE/)
          }
          expect(door.said.flat().join('\n')).toContain('ID ("name" "Delta Chat")')
        } finally {
          door.close()
        }
      },
    )
  }

  it.skipIf(coreBinary('2.57') === undefined)(
    'logs in under TLS and STARTTLS, with the node’s own certificate',
    async () => {
      const { listeners } = await node.run<{ listeners: Record<string, { port: number }> }>(['status'])
      const ports = {
        ssl: [listeners['imaps']?.port, listeners['smtps']?.port],
        starttls: [listeners['imap']?.port, listeners['smtp']?.port],
      }
      for (const [security, [imap, smtp]] of Object.entries(ports)) {
        const { address, password } = await node.addUser(`tls-${security}`)
        const core = DeltaChat.start(join(folder, `tls-${security}`))
        const servers = `ih=127.0.0.1&ip=${imap}&is=${security}&sh=127.0.0.1&sp=${smtp}&ss=${security}&ic=3`
        people.push(new Person(core, await core.login(`dclogin:${address}?p=${password}&v=1&${servers}`, security)))
      }
    },
  )
})
