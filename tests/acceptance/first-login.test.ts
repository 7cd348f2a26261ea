/** Accounts that people make by logging in: a real Delta Chat by `dcaccount:`, in a network without DNS. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { Person } from '../support/chat.ts'
import { type CoreVersion, coreBinary, DeltaChat } from '../support/deltachat.ts'
import { LocalNetwork, namespacesPossible, sendLetterWithin } from '../support/namespaces.ts'
import { TestNode } from '../support/node.ts'

interface Status {
  readonly firstLogin: { readonly link: string; readonly users: number } | null
  readonly users: readonly { readonly address: string }[]
}

const ended: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end()
})

/** As a hot-spot's DNS answers: one name leads to the node, what an app tries beside it leads nowhere. */
function hostsFor(domain: string, ipv4: string): string {
  const others = ['imap', 'smtp', 'mail', 'autoconfig', 'autodiscover'].map(part => `${part}.${domain}`)
  return `127.0.0.1 localhost ${others.join(' ')} autoconfig.thunderbird.net\n${ipv4} ${domain}\n`
}

describe.skipIf(!namespacesPossible)('a node that lets people in', () => {
  const versions: readonly CoreVersion[] = ['2.57', '2.62']
  for (const version of versions) {
    it.skipIf(coreBinary(version) === undefined)(
      `Delta Chat ${version} makes an account and gets a letter`,
      async () => {
        const folder = await mkdtemp(join(tmpdir(), 'posthorn-dcaccount-'))
        ended.push(() => rm(folder, { recursive: true, force: true }))
        const network = LocalNetwork.make({ ipv6: false })
        ended.push(() => network.remove())
        const [here, there] = [network.add(), network.add()]
        network.connect(here)
        network.connect(there)
        const node = await TestNode.makeOpen('camp')
        ended.push(() => node.remove())
        const alice = await node.addUser('alice')
        const file = join(node.home, 'posthorn.toml')
        const config = (await readFile(file, 'utf8'))
          .replace('[listen]', '[listen]\nlan = true')
          .replace(/^imaps = .*$/m, 'imaps = 993')
          .replace(/^smtps = .*$/m, 'smtps = 465')
        await writeFile(file, `${config}\n[users]\nfirst_login = true\n`)
        await node.start(here.within)
        const { firstLogin } = await node.run<Status>(['status'])
        const link = firstLogin?.link ?? ''
        expect(link).toMatch(/^dcaccount:_camp-[a-z2-7]{16}\.nncp\.alt$/)
        network.giveHosts(there, hostsFor(link.slice('dcaccount:'.length), here.ipv4))

        const core = DeltaChat.start(folder, version, there.within)
        ended.push(() => core.stop())
        const settings = { force_encryption: '0', show_emails: '2' }
        const bob = new Person(core, await core.login(link, 'Bob', settings))
        const { users, firstLogin: after } = await node.run<Status>(['status'])
        expect(after?.users).toBe(1)
        const made = users.find(({ address }) => !address.startsWith('alice@'))
        expect(made?.address).toMatch(/^[a-z0-9]{9}@/)
        await sendLetterWithin(here, alice, { to: made?.address ?? '', text: 'welcome to the camp' })
        const letter = await bob.incoming(message => message.text.includes('welcome to the camp'))
        await bob.accept(letter.chatId)
        await bob.sendText(letter.chatId, 'glad to be here')
        await bob.event('MsgDelivered')
      },
    )
  }
})
