import { CloudOff } from 'lucide-react'
import { Suspense, useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import { useHashLocation } from 'wouter/use-hash-location'
import { api, rememberedSession, showSession, useSession } from '../api/index.ts'
import { beginAnew, keepAppShell, runOutbox } from '../device/index.ts'
import { directionOf, useLanguage } from '../i18n/index.ts'
import { EmptyState, Toasts, toast, UiProvider } from '../ui/index.ts'
import css from './app.module.css'
import { ErrorBoundary } from './error-boundary.tsx'
import { Frame } from './frame.tsx'
import { FreshPage } from './fresh-page.tsx'
import { Loading } from './loading.tsx'
import { JoinPage, SetUpPage } from './rooms.ts'
import { SignInPage } from './sign-in-page.tsx'
import { say } from './words.ts'

const retryMs = 3000

/** All of it. A change of the language draws it anew. */
export function App() {
  const language = useLanguage()
  const [, go] = useLocation()
  useEffect(() => keepAppShell(go, offerReload), [go])
  const isOver = useEndOfPage()
  return (
    <ErrorBoundary key={language}>
      <UiProvider direction={directionOf(language)}>
        <Suspense fallback={<Loading />}>{isOver ? <Loading /> : <Doors />}</Suspense>
        <Toasts />
      </UiProvider>
    </ErrorBoundary>
  )
}

/** A page is of whoever signed in in it first: for another, or nobody, one is begun anew. */
function useEndOfPage(): boolean {
  const user = useSession(state => state.session?.user?.name)
  const [owner, setOwner] = useState(user)
  if (owner === undefined && user !== undefined) setOwner(user)
  const isOver = owner !== undefined && user !== owner
  useEffect(() => {
    if (isOver) void beginAnew()
  }, [isOver])
  return isOver
}

/** Links for who has no account hold a secret behind `#`, which is sent to no server and stands in no log. */
function Doors() {
  const [place] = useHashLocation()
  const [, door, secret] = /^\/(set-up|join)\/([\w-]+)$/.exec(place) ?? []
  if (door === 'set-up' && secret !== undefined) return <SetUpPage secret={secret} />
  if (door === 'join' && secret !== undefined) return <JoinPage token={secret} />
  return <SignedIn />
}

function offerReload(): void {
  toast({ text: say('newer'), action: { label: say('reload'), run: () => window.location.reload() } })
}

function SignedIn() {
  const session = useSession(state => state.session)
  const unreachable = useSessionAsked()
  const user = session?.user?.name
  useEffect(() => (user === undefined ? undefined : runFor(user)), [user])
  if (session === undefined) return unreachable ? <NoNode /> : <Loading />
  if (session.user === null) return session.fresh ? <FreshPage /> : <SignInPage node={session.node.name} />
  return <Frame session={session} />
}

/** What runs while somebody is signed in. */
function runFor(user: string): () => void {
  const stopOutbox = runOutbox(user)
  const disconnect = api.start()
  return () => {
    stopOutbox()
    disconnect()
  }
}

/** Asks who is signed in until the node answers; tells whether it did not. */
function useSessionAsked(): boolean {
  const failed = useSession(state => state.failed)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = () => {
      showSession().catch(() => {
        useSession.setState(({ session }) => ({ failed: true, session: session ?? rememberedSession() }))
        timer = setTimeout(ask, retryMs)
      })
    }
    ask()
    return () => clearTimeout(timer)
  }, [])
  return failed
}

/** Nobody lives here yet, and only the link of the start lets somebody in. */
function NoNode() {
  return (
    <main className={css['whole']}>
      <EmptyState icon={CloudOff} title={say('noNode')}>
        {say('noNodeAbout')}
      </EmptyState>
    </main>
  )
}
