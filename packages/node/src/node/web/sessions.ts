/** Who is signed in, and what scripts prove themselves with. */
import type { SessionView } from '@posthorn/api'
import type { Caller, Handlers, WebTools } from '../../services/web-server/index.ts'
import { refusal } from '../people.ts'
import type { ServedNode } from '../served.ts'

type Names = 'session.show' | 'sessions.list' | 'sessions.end' | 'tokens.list' | 'tokens.add' | 'tokens.remove'

export interface SessionParts {
  readonly node: Pick<ServedNode, 'identity' | 'name' | 'domain' | 'directory'>
  readonly version: string
  readonly hasChat: boolean
  readonly signedOut: WebTools['signedOut']
  readonly now: () => number
}

export function sessionHandlers(parts: SessionParts): Pick<Handlers, Names> {
  const { webSessions } = parts.node.directory
  return {
    'session.show': (_params, caller) => shown(parts, caller),

    'sessions.list': async (_params, { user, by }) =>
      (await webSessions.list(user)).map(({ id, label, madeAt, usedAt }) => ({
        ...{ id, label: label === '' ? 'A browser' : label, madeAt: iso(madeAt), usedAt: iso(usedAt) },
        current: 'session' in by && by.session === id,
      })),

    async 'sessions.end'({ id }, { user, by }) {
      const own = 'session' in by ? by.session : undefined
      const ended = id === undefined ? await webSessions.endAll(user, own) : [id]
      if (id !== undefined && !(await webSessions.end(user, id))) {
        throw refusal('unknown-session', 'This browser is signed out already.')
      }
      for (const session of ended) parts.signedOut(user, { session })
      return { ended: ended.length }
    },

    ...tokenHandlers(parts),
  }
}

function tokenHandlers({ node, signedOut, now }: SessionParts) {
  const { apiTokens } = node.directory
  return {
    'tokens.list': async (_params, { user }) =>
      (await apiTokens.list(user)).map(({ id, label, admin, madeAt, usedAt }) => ({
        ...{ id, label, role: admin ? 'admin' : 'user', madeAt: iso(madeAt) },
        usedAt: usedAt === null ? null : iso(usedAt),
      })),

    async 'tokens.add'({ label, role }, caller) {
      if (role === 'admin' && caller.role !== 'admin') {
        throw refusal('admins-only', 'Only who looks after this node makes tokens that may do so.')
      }
      const made = await apiTokens.add({ user: caller.user, label, admin: role === 'admin' }, now())
      if (made === 'taken') throw refusal('name-taken', 'You have a token of this name already. Choose another name.')
      if (made === 'too-many') throw refusal('too-many', 'You have too many tokens: remove those of old scripts.')
      if (made === 'unknown-user') throw refusal('signed-out', 'This account was removed.')
      return { id: made.id, token: made.secret }
    },

    async 'tokens.remove'({ id }, { user }) {
      if (!(await apiTokens.remove(user, id))) throw refusal('unknown-token', 'There is no such token any more.')
      signedOut(user, { token: id })
      return {}
    },
  } satisfies Partial<Handlers>
}

async function shown({ node, version, hasChat }: SessionParts, caller: Caller | null): Promise<SessionView> {
  const { identity, name, domain, directory } = node
  return {
    node: { id: identity.id, name, domain },
    version,
    fresh: (await directory.users.list()).length === 0,
    user: caller === null ? null : { name: caller.user, address: `${caller.user}@${domain}`, role: caller.role },
    chat: hasChat,
  }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
