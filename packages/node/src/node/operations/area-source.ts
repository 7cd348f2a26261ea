/** What a person hands over to take part in an area: a `posthorn-area:` link, or the area as NNCP writes it. */
import { FormatError, parseArea, type Suite } from '@posthorn/nncp'
import hjson from 'hjson'
import { OperatingError } from '../../base/errors.ts'
import { type AreaInvitation, findAreaLinks, parseAreaLink } from '../../stores/directory/area-link.ts'

type Table = Readonly<Record<string, unknown>>

/**
 * @param chosen which one, of a configuration with several.
 * @throws OperatingError `bad-area`, in words that say what is wrong with it and never what it is.
 */
export function readAreaSource(suite: Suite, text: string, chosen: string | undefined): AreaInvitation {
  try {
    const links = findAreaLinks(text).map(link => parseAreaLink(suite, link))
    // What `area show --secret --json` says holds both.
    const [invitation] = [...links.filter(({ keys }) => keys.privateKey !== null), ...links]
    if (invitation !== undefined) return invitation
    const [name, record] = areaIn(text, chosen)
    return { keys: parseArea(suite, record), name: name.toLowerCase() }
  } catch (error) {
    if (error instanceof FormatError) throw bad(`It cannot be used: ${error.message}.`)
    throw error
  }
}

/** One entry of `areas` of a configuration, or of what `nncp-cfgnew -area` prints. */
function areaIn(text: string, chosen: string | undefined): readonly [string, Table] {
  const areas = Object.entries(table(table(parsed(text))?.['areas']) ?? {})
  const found = areas.flatMap(([name, value]) => {
    const record = table(value)
    return record === undefined ? [] : [[name, record] as const]
  })
  const [first, ...more] = found
  if (first === undefined) throw bad('It holds neither a posthorn-area: link nor an area of an NNCP configuration.')
  if (more.length === 0) return first
  const named = found.find(([name]) => name === chosen)
  if (named === undefined) throw bad('It holds several areas: choose one with --name.')
  return named
}

function parsed(text: string): unknown {
  try {
    // What nncp-cfgnew prints for one area has no braces around it, which Hjson allows.
    return hjson.parse(text)
  } catch {
    return undefined
  }
}

/** A plain table; own members only are looked at. */
function table(value: unknown): Table | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.fromEntries(Object.entries(value))
}

function bad(what: string): OperatingError {
  return new OperatingError(`This is not the link of an area. ${what} Ask for it again: posthorn area show NAME`, {
    code: 'bad-area',
    retry: 'never',
  })
}
