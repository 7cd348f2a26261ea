/** Whether this page can become an app of the device, as the browser tells. */
import { create } from 'zustand'

interface InstallEvent extends Event {
  prompt(): Promise<unknown>
}

interface State {
  readonly event: InstallEvent | null
  readonly installed: boolean
}

const useState = create<State>(() => ({ event: null, installed: isApp() }))

/** `by-menu`: only the browser's own menu can. */
export function useInstall(): 'installed' | 'possible' | 'by-menu' {
  return useState(({ event, installed }) => (installed ? 'installed' : event === null ? 'by-menu' : 'possible'))
}

export function installApp(): void {
  const { event } = useState.getState()
  useState.setState({ event: null })
  void event?.prompt()
}

/** Listens from the start: the browser says it once, soon after the page is loaded. */
export function watchInstall(): void {
  window.addEventListener('beforeinstallprompt', event => {
    // Its own bar would come at a moment of its own choosing.
    event.preventDefault()
    useState.setState({ event: event as InstallEvent })
  })
  window.addEventListener('appinstalled', () => useState.setState({ event: null, installed: true }))
}

function isApp(): boolean {
  return 'matchMedia' in globalThis && matchMedia('(display-mode: standalone)').matches
}
