/** How many messages are new, where one sees it without looking at the page: title, tab icon, badge of the app. */
import { api } from '../api/index.ts'
import { say } from './words.ts'

const settleMs = 300
const title = 'Posthorn'

/** Until the function that comes back is called. */
export function watchUnread(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const ask = () => {
    timer = undefined
    api.call('chats.ids', {}).then(
      ({ unread }) => showUnread(unread),
      () => undefined,
    )
  }
  // Many come at once after a time without the network.
  const later = () => {
    timer ??= setTimeout(ask, settleMs)
  }
  const stops = [
    api.onReady(later),
    api.on('chats.row', later),
    api.on('chats.listed', later),
    api.on('chats.all', later),
  ]
  return () => {
    clearTimeout(timer)
    for (const stop of stops) stop()
    showUnread(0)
  }
}

function showUnread(count: number): void {
  document.title = count === 0 ? title : say('titleUnread', { count, title })
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
  const path = count === 0 ? '/icons/posthorn.svg' : '/icons/posthorn-unread.svg'
  if (icon !== null && icon.getAttribute('href') !== path) icon.href = path
  if (!('setAppBadge' in navigator)) return
  const shown = count === 0 ? navigator.clearAppBadge() : navigator.setAppBadge(count)
  shown.catch(() => undefined)
}
