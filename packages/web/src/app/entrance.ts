/**
 * Links from outside that hold a secret carry it behind `#`, which no server and no log on the way sees. Inside the
 * app they are paths like others.
 */
export function pathOfHash(hash: string): string | null {
  return /^#\/(set-up|join)\/[\w-]+$/.test(hash) ? hash.slice(1) : null
}
