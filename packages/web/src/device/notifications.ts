/** Tells of new messages while a page of this browser is open. Nothing is asked of any other server. */
import { api } from '../api/index.ts'
import { usePreferences } from './preferences.ts'

/** `impossible`: this browser has none, or not on a page without TLS. */
export type Permission = 'granted' | 'denied' | 'default' | 'impossible'

export function notificationPermission(): Permission {
  return 'Notification' in globalThis ? Notification.permission : 'impossible'
}

/** Asks the person; only a press of a button may lead here. */
export async function askForNotifications(): Promise<Permission> {
  return 'Notification' in globalThis ? await Notification.requestPermission() : 'impossible'
}

export interface Notice {
  readonly title: string
  readonly body: string
  /** Of two with the same one is shown: each open page tells of the same message. */
  readonly tag: string
  readonly icon?: string | undefined
  /** Where a click leads. */
  readonly path: string
}

interface Data {
  readonly path: string
}

/** Those that this page shows by itself. */
const ownNotices = new Set<Notification>()

/** Shows it, by the service worker where there is one: on phones there is no other way. */
export async function showNotice(notice: Notice, go: (path: string) => void): Promise<void> {
  if (notificationPermission() !== 'granted') return
  const { title, body, tag, path, icon = '/icons/posthorn-192.png' } = notice
  const options = { body, tag, icon, badge: '/icons/badge.png', data: { path } satisfies Data }
  const worker = await navigator.serviceWorker?.getRegistration().catch(() => undefined)
  if (worker?.active !== null && worker !== undefined) {
    await worker.showNotification(title, options)
    return
  }
  const shown = new Notification(title, options)
  ownNotices.add(shown)
  shown.onclose = () => ownNotices.delete(shown)
  shown.onclick = () => {
    window.focus()
    go(path)
    shown.close()
  }
}

/**
 * Tells of each message that comes while nobody looks at its chat, and takes that back when the chat was read, here or
 * on another device. Until the function that comes back is called.
 */
export function tellOfMessages(go: (path: string) => void): () => void {
  const stopTelling = api.on('messages.came', ({ chat, message }) => {
    if (usePreferences.getState().notifications === 'off' || isLookedAt(chat)) return
    void noticeOf(chat, message).then(
      notice => (notice === null ? undefined : showNotice(notice, go)),
      () => undefined,
    )
  })
  const stopTakingBack = api.on('chats.row', ({ chat }) => {
    if (chat !== null) takeBackRead(chat).catch(() => undefined)
  })
  return () => {
    stopTelling()
    stopTakingBack()
  }
}

/** What is still shown is taken back: whoever signs in next in this browser is not to read it. */
export async function takeBackNotices(): Promise<void> {
  takeBack(await shownNotices())
}

async function takeBackRead(chat: number): Promise<void> {
  const shown = (await shownNotices()).filter(({ data }) => (data as Partial<Data> | null)?.path === pathOf(chat))
  if (shown.length === 0) return
  const [row] = await api.call('chats.rows', { ids: [chat] })
  if (row === undefined || row.unread === 0) takeBack(shown)
}

async function shownNotices(): Promise<readonly Notification[]> {
  const worker = await navigator.serviceWorker?.getRegistration()
  return [...((await worker?.getNotifications()) ?? []), ...ownNotices]
}

function takeBack(notices: readonly Notification[]): void {
  for (const notice of notices) {
    ownNotices.delete(notice)
    notice.close()
  }
}

/** Null for what nobody wants to be told of. */
async function noticeOf(chat: number, message: number): Promise<Notice | null> {
  const [[row], [came]] = await Promise.all([
    api.call('chats.rows', { ids: [chat] }),
    api.call('messages.get', { ids: [message] }),
  ])
  if (row === undefined || came === undefined || row.muted || row.archived || row.device || came.mine) return null
  const { notifications } = usePreferences.getState()
  const who = row.kind === 'single' || came.from.name === '' ? '' : `${came.from.name}: `
  return {
    title: row.name,
    body: notifications === 'texts' ? `${who}${row.last.id === message ? row.last.what : came.text}` : '',
    tag: `message-${message}`,
    icon: row.avatar.path ?? undefined,
    path: pathOf(chat),
  }
}

function isLookedAt(chat: number): boolean {
  return document.visibilityState === 'visible' && document.hasFocus() && window.location.pathname === pathOf(chat)
}

function pathOf(chat: number): string {
  return `/chat/${chat}`
}
