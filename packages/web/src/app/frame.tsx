import type { SessionView } from '@posthorn/api'
import { MessagesSquare, Network, Settings, Users } from 'lucide-react'
import { Suspense, useEffect, useMemo } from 'react'
import { Link, Route, Switch, useLocation } from 'wouter'
import { listenToKeys, useActions, usePalette } from '../actions/index.ts'
import { ChatDialogs } from '../chats/index.tsx'
import { prepareConversation } from '../conversation/index.tsx'
import { tellOfMessages } from '../device/index.ts'
import { Logo } from '../ui/index.ts'
import { appActions } from './actions.ts'
import { Banners } from './banners.tsx'
import { ChatsPage, chatPaths } from './chats-page.tsx'
import { ErrorBoundary } from './error-boundary.tsx'
import css from './frame.module.css'
import { Loading } from './loading.tsx'
import { NotFound } from './not-found.tsx'
import { NetworkPage, Palette, PeoplePage, SettingsPage, settingsSections } from './rooms.ts'
import { watchUnread } from './unread.ts'
import { say } from './words.ts'

/** What somebody sees who is signed in: areas at the side (on a phone below), and the page of one. */
export function Frame({ session }: { readonly session: SessionView }) {
  const [path] = useLocation()
  const isAdmin = session.user?.role === 'admin'
  useFrame(isAdmin)
  return (
    <div className={css['frame']} data-deep={/^\/(chat|settings)\/./.test(path)}>
      <Areas path={path} isAdmin={isAdmin} />
      <div className={css['main']}>
        <Banners />
        <ErrorBoundary key={chatPaths.test(path) ? 'chats' : path.split('/')[1]}>
          <main className={css['page']}>
            <Suspense fallback={<Loading />}>
              <Switch>
                <Route path="/network/*?" component={NetworkPage} />
                <Route path="/people/*?" component={PeoplePage} />
                <Route path="/settings/*?">
                  <SettingsPage more={settingsSections(isAdmin)} />
                </Route>
                <Route path={chatPaths}>
                  <ChatsPage path={path} />
                </Route>
                <Route component={NotFound} />
              </Switch>
            </Suspense>
          </main>
        </ErrorBoundary>
        <ChatDialogs />
      </div>
      <PaletteWhenOpen />
    </div>
  )
}

/** Keys, what they do everywhere, and how many messages are new. */
function useFrame(isAdmin: boolean): void {
  const [, go] = useLocation()
  const actions = useMemo(() => appActions(go, isAdmin), [go, isAdmin])
  useActions(actions)
  useEffect(() => listenToKeys(window), [])
  useEffect(() => tellOfMessages(go), [go])
  useEffect(() => watchUnread(), [])
  useEffect(() => void prepareConversation(), [])
}

function PaletteWhenOpen() {
  const isOpen = usePalette(state => state.open !== 'no')
  return isOpen ? (
    <Suspense>
      <Palette />
    </Suspense>
  ) : null
}

const areas = [
  { to: '/', is: chatPaths, icon: MessagesSquare, words: 'chats', adminOnly: false },
  { to: '/network', is: /^\/network/, icon: Network, words: 'network', adminOnly: false },
  { to: '/people', is: /^\/people/, icon: Users, words: 'people', adminOnly: true },
  { to: '/settings', is: /^\/settings/, icon: Settings, words: 'settings', adminOnly: false },
] as const

function Areas({ path, isAdmin }: { readonly path: string; readonly isAdmin: boolean }) {
  return (
    <nav className={css['areas']} aria-label={say('areas')}>
      <span className={css['logo']}>
        <Logo size={36} />
      </span>
      {areas
        .filter(area => isAdmin || !area.adminOnly)
        .map(area => (
          <Link
            key={area.to}
            href={area.to}
            className={css['area']}
            aria-current={area.is.test(path) ? 'page' : undefined}
          >
            <span className={css['icon']}>
              <area.icon aria-hidden size={22} />
            </span>
            <span className={css['word']}>{say(area.words)}</span>
          </Link>
        ))}
    </nav>
  )
}
