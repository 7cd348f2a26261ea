/** Opens a page in the person's browser, where there is one: a convenience, which fails silently. */
import { spawn } from 'node:child_process'

/** @param url is seen by everybody on this machine while the browser starts: it must not hold a secret. */
export function openBrowser(url: string): void {
  const [command, ...args] = opener(url)
  if (command === undefined) return
  const child = spawn(command, args, { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}

function opener(url: string): readonly string[] {
  const { platform, env } = process
  if (platform === 'darwin') return ['open', url]
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', url]
  const hasDisplay = (env['DISPLAY'] ?? '') !== '' || (env['WAYLAND_DISPLAY'] ?? '') !== ''
  return hasDisplay ? ['xdg-open', url] : []
}
