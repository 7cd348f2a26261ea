/** The browser's own socket and clock, and its hints about the network. */
import type { Client, ClientClock, Socket, SocketEvents } from './client.ts'

export const browserClock: ClientClock = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}

/** For this person only: another may have signed in in this browser since the page was opened. */
export function browserSocket(user: string, { opened, received, closed }: SocketEvents): Socket {
  const { protocol, host } = window.location
  const socket = new WebSocket(
    `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/api/v1/socket?user=${encodeURIComponent(user)}`,
  )
  socket.addEventListener('open', opened)
  socket.addEventListener('message', event => received(event.data))
  socket.addEventListener('close', event => closed(event.code))
  return socket
}

/** Looks after the connection when the network comes back, or somebody to this page: timers slept meanwhile. */
export function watchBrowser(client: Client): () => void {
  const look = () => {
    if (document.visibilityState === 'visible') client.look()
  }
  window.addEventListener('online', look)
  window.addEventListener('pageshow', look)
  document.addEventListener('visibilitychange', look)
  return () => {
    window.removeEventListener('online', look)
    window.removeEventListener('pageshow', look)
    document.removeEventListener('visibilitychange', look)
  }
}
