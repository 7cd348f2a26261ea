/** Imports point one way. npm hoists workspaces, so an upward import would otherwise just work. */
import { packageOf } from '../modules.ts'
import { type Fault, type Project, packageAround, target } from '../project.ts'

/** What each room of packages/node may import besides itself. Types count as much as code. */
const below: Readonly<Record<string, readonly string[]>> = {
  cli: ['node', 'services', 'stores', 'links', 'base', '@posthorn/nncp', '@posthorn/imap', '@posthorn/api'],
  node: ['services', 'stores', 'links', 'base', '@posthorn/nncp', '@posthorn/imap', '@posthorn/api'],
  services: ['stores', 'links', 'base', '@posthorn/nncp', '@posthorn/imap', '@posthorn/api'],
  stores: ['base', '@posthorn/nncp', '@posthorn/imap'],
  links: ['base', '@posthorn/nncp', '@posthorn/imap'],
  base: [],
}

/** Rooms that meet only in the stores. */
const strangers = [
  ['services/postoffice', 'services/courier'],
  ['services/postoffice', 'services/gateway'],
  ['services/courier', 'services/gateway'],
] as const

/** Which workspaces a workspace may import. */
const packagesBelow: Readonly<Record<string, readonly string[]>> = {
  '@posthorn/nncp': [],
  '@posthorn/imap': [],
  '@posthorn/api': [],
  '@posthorn/web': ['@posthorn/api'],
  posthorn: ['@posthorn/nncp', '@posthorn/imap', '@posthorn/api'],
}

const nodeSource = 'packages/node/src/'

export function* layers(project: Project): Iterable<Fault> {
  for (const source of project.sources.values()) {
    const home = packageAround(project, source.path)
    if (home === project.root) continue
    for (const item of source.imports) {
      const message = faultOf(project, source.path, item.specifier)
      if (message !== undefined) yield { path: source.path, line: item.line, rule: 'layers', message }
    }
  }
}

function faultOf(project: Project, from: string, specifier: string): string | undefined {
  const home = packageAround(project, from)
  const workspace = packageOf(specifier)
  const isWorkspace = project.packages.some(item => item.name === workspace)
  if (workspace !== undefined && isWorkspace && workspace !== home.name) {
    const allowed = packagesBelow[home.name]
    if (allowed !== undefined && !allowed.includes(workspace)) return `${home.name} may not import ${workspace}`
  }
  const to = isWorkspace ? undefined : target(project, from, specifier)
  if (to !== undefined && !to.startsWith(`${home.folder}/`)) {
    return `${specifier} leaves ${home.folder}: import the other package by its name`
  }
  return from.startsWith(nodeSource) ? faultOfRooms(from, isWorkspace ? workspace : to) : undefined
}

function faultOfRooms(from: string, to: string | undefined): string | undefined {
  const room = roomOf(from)
  const other = to?.startsWith(nodeSource) ? roomOf(to) : to?.startsWith('@') ? to : undefined
  if (room === undefined || other === undefined) return undefined
  const allowed = below[room]
  if (allowed === undefined) return `${room} is no room that the layers know: name it in tools/tidy/rules/layers.ts`
  if (other !== room && !allowed.includes(other)) return `${room} may not import ${other}`
  for (const [one, two] of strangers) {
    const isIn = (path: string | undefined, name: string) => path?.startsWith(`${nodeSource}${name}/`) === true
    if (isIn(from, one) && isIn(to, two)) return `${one} may not import ${two}: they meet in the stores`
    if (isIn(from, two) && isIn(to, one)) return `${two} may not import ${one}: they meet in the stores`
  }
  return undefined
}

/** `stores` of `packages/node/src/stores/spool/spool.ts`; undefined for a file in no room, such as `sql.d.ts`. */
function roomOf(path: string): string | undefined {
  const parts = path.slice(nodeSource.length).split('/')
  return parts.length > 1 ? parts[0] : undefined
}
