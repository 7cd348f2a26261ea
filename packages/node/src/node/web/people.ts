/** What who looks after the node may do for its people, over the same operations as the command line. */
import type { InvitedView, LoginView, nodePeopleMethods, PersonView } from '@posthorn/api'
import type { Caller, Handlers } from '../../services/web-server/handlers.ts'
import type { JoinInviteShown, UserAccess, UserShown } from '../operations/people-types.ts'
import { runOperation } from '../operations/run.ts'
import type { OperationName, ParamsOf, ResultOf } from '../operations/types.ts'
import { refusal } from '../people.ts'
import type { ServedNode } from '../served.ts'

export type PeopleHandlers = Handlers<keyof typeof nodePeopleMethods>

/** Operations that are done at once. */
export type Run = <N extends OperationName>(name: N, params: ParamsOf<N>) => Promise<ResultOf<N>>

export function runnerOf(node: ServedNode): Run {
  const context = { signal: new AbortController().signal, progress: () => undefined }
  return (name, params) => runOperation(node, { name, params }, context)
}

export function peopleHandlers(node: ServedNode): PeopleHandlers {
  const run = runnerOf(node)
  const personOf = async (name: string) => personView(await run('user.show', { name }))
  return {
    async 'people.list'() {
      const users = await run('user.list', {})
      return Promise.all(users.map(({ name }) => personOf(name)))
    },
    'people.add': async ({ name, password }) =>
      loginView(await run('user.add', { name, ...(password === undefined ? {} : { password }) })),
    async 'people.remove'({ name, mail }, caller) {
      notOneself(name, caller)
      // Two may do it to each other at the same moment.
      const removed = await run('user.remove', { name, mail, keepsAdmin: true })
      return { name, mailKept: removed.mail !== null, aliases: [...removed.aliases] }
    },
    async 'people.password'({ name }, caller) {
      notOneself(name, caller)
      return loginView(await run('user.password', { name }))
    },
    async 'people.quota'({ name, bytes, messages }) {
      const limits = { ...(bytes === undefined ? {} : { bytes }), ...(messages === undefined ? {} : { messages }) }
      await run('user.quota', { name, ...limits })
      return personOf(name)
    },
    async 'people.retention'({ name, days }) {
      await run('user.retention', { name, days })
      return personOf(name)
    },
    'people.admin': async ({ name, admin }) => personView(await run('user.admin', { name, admin })),
    async 'people.invite'({ name, quotaBytes, days, uses }) {
      const limits = { ...(name === undefined ? {} : { name }), ...(quotaBytes === undefined ? {} : { quotaBytes }) }
      const { invite, secret, links } = await run('user.invite', { days, uses, ...limits })
      return { invite: invitedView(invite), secret, links: [...links] }
    },
    'people.invites': async () => (await run('user.invites', {})).map(invitedView),
    async 'people.uninvite'({ id }) {
      await run('user.uninvite', { id })
      return {}
    },
  }
}

/** For oneself there are other ways, which ask for the password. */
function notOneself(name: string, { user }: Caller): void {
  if (name !== user) return
  throw refusal('oneself', 'That is you. Let somebody else who looks after the node do it.')
}

function personView(shown: UserShown): PersonView {
  const { name, address, createdAt, selfMade, admin, mail, quota, chatRetentionDays, aliases } = shown
  return {
    ...{ name, address, createdAt, selfMade, role: admin ? 'admin' : 'user' },
    ...{ mailBytes: mail.bytes, quotaBytes: quota.bytes, quotaMessages: quota.messages },
    ...{ chatDays: chatRetentionDays, aliases: [...aliases] },
  }
}

export function loginView({ address, password, dclogin, imap, smtp, pop3 }: UserAccess): LoginView {
  return { address, password, dclogin, imap, smtp, pop3 }
}

function invitedView(invite: JoinInviteShown): InvitedView {
  return { ...invite }
}
