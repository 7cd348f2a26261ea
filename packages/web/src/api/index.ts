/**
 * The one door to the node. Rooms call methods by name, listen to events, and send files; what comes back was checked.
 *
 * A call that only reads waits while there is no connection and is asked again after one was lost. A call that changes
 * something is never repeated: without a connection it fails with `offline`, and when the connection breaks before its
 * answer with `lost`, for then nobody knows. Each time the connection is there anew `onReady` tells, so that what was
 * missed is asked for. Failures are `ApiFailure`s whose words are for people.
 */
import { browserClock, browserSocket, watchBrowser } from './browser.ts'
import { type Client, createClient } from './client.ts'
import { showNobody, showSession } from './session.ts'
import { useConnection, useSession } from './state.ts'

export type { Client } from './client.ts'
export * from './failure.ts'
export * from './session.ts'
export * from './state.ts'
export * from './upload.ts'

/** Of this page. Tests put another in its place by `setClient`. */
export let api: Client = browserClient()

export function setClient(client: Client): void {
  api = client
}

function browserClient(): Client {
  let user = ''
  const client = createClient({
    openSocket: events => browserSocket(user, events),
    clock: browserClock,
    random: Math.random,
    isSignedIn: async () => (await showSession()).user !== null,
    onPhase: phase => useConnection.setState({ phase }),
    onSignedOut: () => {
      const { session } = useSession.getState()
      if (session !== undefined) showNobody(session)
    },
  })
  const start = () => {
    user = useSession.getState().session?.user?.name ?? ''
    return startWatched(client)
  }
  return { ...client, start }
}

function startWatched(client: Client): () => void {
  const stopWatching = watchBrowser(client)
  const stop = client.start()
  return () => {
    stopWatching()
    stop()
  }
}
