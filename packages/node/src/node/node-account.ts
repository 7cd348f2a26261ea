/**
 * The node's own account: a name that is nobody else's, for chats between the node and its people. Every open node
 * knows of it, so that letters to it are taken; only a daemon reads and writes them.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { present } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import type { Service } from '../base/lifecycle.ts'
import type { Log } from '../base/log.ts'
import { type Bot, startBot } from '../services/bot/index.ts'
import { type ChatEngine, installedEngine } from '../services/chat-engine/index.ts'
import type { Notice, OwnAccount, PostOffice, PostOfficeOptions } from '../services/postoffice/index.ts'
import type { Directory } from '../stores/directory/index.ts'
import type { Journeys } from '../stores/journeys/index.ts'
import type { MailboxStore, Quota } from '../stores/mailbox/index.ts'
import type { NoticeStore } from '../stores/notices/index.ts'
import type { Config } from './config/config.ts'
import { lastLetters } from './last-letters.ts'
import { nodeAccountName, quotaOf, wantsNotices } from './people.ts'

export interface NodeAccount extends OwnAccount {
  readonly address: string
  /** Whom `arrived` tells. */
  listen(listener: () => void): void
}

/** Why there is no such account. */
export interface NoAccount {
  readonly why: string
}

/** Letters are small, and read at once. */
const accountQuota: Quota = { sizeBytesMax: 16 * 1024 * 1024, messagesMax: 1000 }

export async function findAccount(
  config: Config,
  domain: string,
  { users, aliases }: Pick<Directory, 'users' | 'aliases'>,
): Promise<NodeAccount | NoAccount> {
  if (!config.bot.enabled) return { why: 'it is switched off in posthorn.toml: [bot] enabled' }
  if (installedEngine() === undefined) {
    return { why: 'the chat engine is not installed: there is none for this platform, or npm left it out' }
  }
  const user = nodeAccountName
  const taken = (await users.get(user)) ?? (await aliases.get(user)) ?? (await aliases.get(`${user}@${domain}`))
  if (taken !== undefined) return { why: `somebody here is called ${user} already` }
  let tell = () => {}
  return {
    user,
    address: `${user}@${domain}`,
    arrived: () => tell(),
    listen: listener => {
      tell = listener
    },
  }
}

interface PeopleParts {
  readonly account: NodeAccount | NoAccount
  readonly notices: NoticeStore
  readonly config: Config
  readonly directory: Directory
  readonly route: () => PostOffice['route']
}

/** What the post office is to know of people, and of the account among them. */
export function peopleSettings(parts: PeopleParts): Pick<PostOfficeOptions, 'account' | 'notice' | 'quotaOf'> {
  const { account, config, directory } = parts
  const own = 'why' in account ? undefined : account
  return {
    account: own,
    quotaOf: user => (user === own?.user ? accountQuota : quotaOf(config, directory.users, user)),
    ...(own && { notice: notice => keepNotice(parts, own, notice) }),
  }
}

/** Keeps for somebody here what the post office has to tell of their letter. */
async function keepNotice(parts: PeopleParts, own: NodeAccount, notice: Notice): Promise<void> {
  const { notices, config, directory, route } = parts
  const { id, kind, sender, arrivedAt, recipients } = notice
  const found = await route()(sender)
  if (found.kind !== 'local' || found.user === own.user) return
  const { user } = found
  if (!wantsNotices(config, directory.users, user)) return
  const told = recipients.map(({ address, reason }) => ({ address, reason }))
  await notices.keep({ id, user, kind, handedInAt: arrivedAt, recipients: told })
}

export interface ServedAccount extends Service {
  readonly bot: Bot
  readonly engine: ChatEngine
  /** Checks the password of the account, which is another at each start and nowhere on the disk. */
  readonly verify: (user: string, password: string) => boolean
}

interface ServedParts {
  /** Of the whole node. */
  readonly engine: ChatEngine
  readonly config: Config
  readonly name: string
  readonly postOffice: PostOffice
  readonly directory: Directory
  readonly mailbox: MailboxStore
  readonly notices: NoticeStore
  readonly journeys: Journeys
  /** Those that a user may write from. */
  readonly addressesOf: (user: string) => readonly string[]
  readonly clock: Clock
  readonly log: Log
  /** Where the mail server listens, once it does. */
  readonly ports: () => { readonly imapPort: number; readonly smtpPort: number }
}

/** Makes the account's password and mailbox; it works from `start` on, when the mail server listens. */
export async function prepareAccount(
  account: NodeAccount,
  parts: ServedParts,
): Promise<ServedAccount & { start(): void }> {
  const { engine, config, name, postOffice, directory, mailbox, notices, journeys, clock, log } = parts
  await mailbox.create(account.user)
  const password = randomBytes(32).toString('base64url')
  let bot: Bot | undefined
  return {
    engine,
    get bot() {
      return present(bot, 'an account that was started')
    },
    verify: (user, given) => user === account.user && isSame(given, password),
    start() {
      bot = startBot({
        ...{ engine, notices, nodeName: name, clock, log },
        login: () => ({ address: account.address, password, ...parts.ports() }),
        userOf: async address => {
          const found = await postOffice.route(address)
          return found.kind === 'local' && found.user !== account.user ? found.user : undefined
        },
        wantsNotices: user => wantsNotices(config, directory.users, user),
        setNotices: (user, wanted) => directory.users.change(user, { notices: wanted }),
        lettersOf: lastLetters({ journeys, directory, account: account.address, addressesOf: parts.addressesOf }),
        mail: accountMail(mailbox, account),
      })
      account.listen(bot.arrived)
    },
    stop: async () => bot?.stop(),
  }
}

function isSame(given: string, password: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(password)]
  return one.length === other.length && timingSafeEqual(one, other)
}

/** What the engine has left lying was there the last time it rested, too: it has seen that, and will not again. */
function accountMail(mailbox: MailboxStore, { user, address }: NodeAccount) {
  const account = mailbox.account(user, address)
  let seenBelow = 0
  return {
    async waits() {
      const status = await account.status('INBOX')
      return 'messages' in status && status.messages > 0
    },
    async tidy() {
      const inbox = await account.open('INBOX')
      if (!('storeFlags' in inbox)) return
      const { uidNext } = await inbox.status()
      const { added } = await inbox.changes(0)
      const left = added.map(({ uid }) => uid).filter(uid => uid < seenBelow)
      seenBelow = uidNext
      if (left.length === 0) return
      await inbox.storeFlags(left, 'add', ['\\Deleted'])
      await inbox.expunge(left)
    },
  }
}
