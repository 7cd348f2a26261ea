/** Signing in and out, which is by HTTP because a cookie is set that no script can read. */
import { apiError, type SessionView, type SignIn, sessionView } from '@posthorn/api'
import * as v from 'valibot'
import { ApiFailure, localFailure } from './failure.ts'
import { useSession } from './state.ts'

const root = '/api/v1'

/** The node, and who is signed in. */
export async function showSession(): Promise<SessionView> {
  return keep(await request('POST', `${root}/methods/session.show`, {}))
}

export async function signIn(who: SignIn): Promise<SessionView> {
  await request('POST', `${root}/session`, who)
  return await showSession()
}

export async function signOut(): Promise<void> {
  await request('DELETE', `${root}/session`)
  await showSession()
}

function keep(answer: unknown): SessionView {
  const checked = v.safeParse(sessionView, answer)
  if (!checked.success) throw localFailure('answer')
  useSession.setState({ session: checked.output })
  return checked.output
}

/** JSON there and back; a failure as the node tells it. */
async function request(method: string, path: string, body?: unknown): Promise<unknown> {
  const json = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }
  const answer = await fetch(path, { method, ...json }).catch(() => {
    throw localFailure('network')
  })
  const content: unknown = await answer.json().catch(() => undefined)
  if (answer.ok) return content
  const error = v.safeParse(apiError, content)
  throw error.success ? new ApiFailure(error.output) : localFailure('network')
}
