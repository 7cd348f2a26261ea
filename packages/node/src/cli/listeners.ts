/** Listeners as people read them: a line each. */
import type { ListenerStatus } from '../node/operations/types.ts'

export function listenerLines(listeners: Readonly<Record<string, ListenerStatus>>): string[] {
  return Object.entries(listeners).map(([name, { security, url, ...at }]) => {
    if (url !== undefined) return `  ${name.padEnd(6)}  ${url}`
    const where = 'path' in at ? at.path : `${at.host}, port ${at.port}`
    return `  ${name.padEnd(6)}  ${where}${security === undefined ? '' : `, ${security}`}`
  })
}
