/** The service worker, which opens the app without the node. Away from the node itself browsers have it by TLS only. */

/** `go`: a notification was clicked; `onNewer`: another version of the app took over, this page is of the old one. */
export function keepAppShell(go: (path: string) => void, onNewer: () => void): () => void {
  const workers = navigator.serviceWorker
  if (workers === undefined || !import.meta.env.PROD) return () => {}
  const hadOne = workers.controller !== null
  const listen = ({ data }: MessageEvent<{ go?: unknown } | null>) => {
    if (typeof data?.go === 'string' && data.go.startsWith('/')) go(data.go)
  }
  const changed = () => {
    if (hadOne) onNewer()
  }
  workers.addEventListener('message', listen)
  workers.addEventListener('controllerchange', changed)
  workers.register('/service-worker.js').catch(() => undefined)
  return () => {
    workers.removeEventListener('message', listen)
    workers.removeEventListener('controllerchange', changed)
  }
}
