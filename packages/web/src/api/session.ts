/** Signing in and out, which is by HTTP because a cookie is set that no script can read. */
import {
  apiError,
  type Join,
  type JoinLookView,
  joinLookView,
  type SessionView,
  type SetUp,
  type SignIn,
  sessionView,
  setUpAnswer,
} from '@posthorn/api'
import * as v from 'valibot'
import { ApiFailure, localFailure } from './failure.ts'
import { useSession } from './state.ts'

const root = '/api/v1'

const place = 'posthorn.session'
/** A node that does not say who is signed in for so long is away: browsers wait for minutes. */
const answerMsMax = 10_000

/** The node, and who is signed in. */
export async function showSession(): Promise<SessionView> {
  const checked = v.safeParse(sessionView, await request('POST', `${root}/methods/session.show`, {}, answerMsMax))
  if (!checked.success) throw localFailure('answer')
  take(checked.output)
  return checked.output
}

/** The node ended the session: it is not opened with any more either. */
export function showNobody(session: SessionView): void {
  take({ ...session, user: null })
}

function take(session: SessionView): void {
  useSession.setState({ session })
  remember(session)
}

/** Who was signed in when the node answered last: the page opens with it while the node is away. */
export function rememberedSession(): SessionView | undefined {
  try {
    const checked = v.safeParse(sessionView, JSON.parse(localStorage.getItem(place) ?? 'null'))
    return checked.success && checked.output.user !== null ? checked.output : undefined
  } catch {
    return undefined
  }
}

function remember(session: SessionView): void {
  try {
    localStorage.setItem(place, JSON.stringify(session))
  } catch {
    // A browser that keeps nothing: without the node it opens with words that say so.
  }
}

export async function signIn(who: SignIn): Promise<SessionView> {
  await request('POST', `${root}/session`, who)
  return await showSession()
}

/** Makes the first person of a node, who is signed in. `restarts`: the node is away for some seconds then. */
export async function setUpNode(wishes: SetUp): Promise<{ readonly restarts: boolean }> {
  const checked = v.safeParse(setUpAnswer, await request('POST', `${root}/set-up`, wishes))
  if (!checked.success) throw localFailure('answer')
  return checked.output
}

/** The name that an invite is for; null: who comes chooses. Fails where it is not good. */
export async function lookAtInvite(secret: string): Promise<JoinLookView> {
  const checked = v.safeParse(joinLookView, await request('POST', `${root}/join/look`, { secret }))
  if (!checked.success) throw localFailure('answer')
  return checked.output
}

/** Makes an account by an invite, and signs in. */
export async function joinNode(person: Join): Promise<void> {
  await request('POST', `${root}/join`, person)
}

export async function signOut(): Promise<void> {
  await request('DELETE', `${root}/session`)
}

/** JSON there and back; a failure as the node tells it. */
async function request(method: string, path: string, body?: unknown, msMax?: number): Promise<unknown> {
  const json = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }
  const signal = msMax === undefined ? {} : { signal: AbortSignal.timeout(msMax) }
  const answer = await fetch(path, { method, ...json, ...signal }).catch(() => {
    throw localFailure('network')
  })
  const content: unknown = await answer.json().catch(() => undefined)
  if (answer.ok) return content
  const error = v.safeParse(apiError, content)
  throw error.success ? new ApiFailure(error.output) : localFailure('network')
}
