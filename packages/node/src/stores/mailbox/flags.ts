import { mailboxLimits } from './limits.ts'

const systemFlags: ReadonlyMap<string, string> = new Map(
  ['\\Answered', '\\Deleted', '\\Draft', '\\Flagged', '\\Seen'].map(flag => [flag.toLowerCase(), flag]),
)

/** Printable ASCII without what has a meaning in IMAP (RFC 9051, "atom"). */
const keyword = /^[!#$&'+\-./0-9:;<=>?@A-Z[^_`a-z|}~]+$/

/** As they are kept: system flags spelt right, each flag once, in one order; what is no flag we keep is left out. */
export function cleanFlags(flags: readonly string[]): string[] {
  const system = new Set<string>()
  const keywords = new Map<string, string>()
  for (const flag of flags) {
    const known = systemFlags.get(flag.toLowerCase())
    if (known !== undefined) system.add(known)
    else if (isKeyword(flag) && keywords.size < mailboxLimits.keywordCountMax && !keywords.has(flag.toLowerCase())) {
      keywords.set(flag.toLowerCase(), flag)
    }
  }
  return [...[...system].sort(), ...[...keywords.values()].sort()]
}

function isKeyword(flag: string): boolean {
  return flag.length <= mailboxLimits.keywordLettersMax && keyword.test(flag)
}

/** The flags after a STORE (RFC 9051 §6.4.6). */
export function changedFlags(
  current: readonly string[],
  how: 'add' | 'remove' | 'replace',
  flags: readonly string[],
): string[] {
  switch (how) {
    case 'add':
      return cleanFlags([...current, ...flags])
    case 'remove': {
      const gone = new Set(flags.map(flag => flag.toLowerCase()))
      return current.filter(flag => !gone.has(flag.toLowerCase()))
    }
    case 'replace':
      return cleanFlags(flags)
  }
}

export function sameFlags(one: readonly string[], other: readonly string[]): boolean {
  return one.join(' ') === other.join(' ')
}
