/** Imports point one way. npm hoists workspaces, so an upward import would otherwise just work. */
import { packageOf } from '../modules.ts'
import { type Fault, type Project, packageAround, target } from '../project.ts'

type Order = Readonly<Record<string, readonly string[]>>

/** What each room of packages/node may import besides itself. Types count as much as code. */
const nodeRooms: Order = {
  cli: ['node', 'services', 'stores', 'links', 'base', '@posthorn/nncp', '@posthorn/imap', '@posthorn/api'],
  node: ['services', 'stores', 'links', 'base', '@posthorn/nncp', '@posthorn/imap', '@posthorn/api'],
  services: ['stores', 'links', 'base', '@posthorn/nncp', '@posthorn/imap', '@posthorn/api'],
  stores: ['base', '@posthorn/nncp', '@posthorn/imap'],
  links: ['base', '@posthorn/nncp', '@posthorn/imap'],
  base: [],
}

/** What every page of packages/web is made of. */
const webParts = ['actions', 'device', 'pictures', 'qr', 'stores', 'text', 'ui', 'api', 'i18n', '@posthorn/api']

/** What each room of packages/web may import besides itself. Pages do not know each other; `app` puts them together. */
const webRooms: Order = {
  app: ['conversation', 'chats', 'journeys', 'network', 'people', 'settings', ...webParts],
  conversation: ['chats', 'journeys', ...webParts],
  chats: webParts,
  journeys: webParts,
  network: ['journeys', ...webParts],
  people: webParts,
  settings: webParts,
  pictures: ['ui', 'i18n'],
  qr: ['pictures', 'ui', 'i18n'],
  stores: ['api', '@posthorn/api'],
  text: [],
  actions: ['ui', 'i18n'],
  device: ['api', 'i18n', '@posthorn/api'],
  ui: ['i18n'],
  api: ['i18n', '@posthorn/api'],
  i18n: [],
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
const webSource = 'packages/web/src/'

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
  const reached = isWorkspace ? workspace : to
  if (from.startsWith(webSource)) return faultOfOrder(webRooms, webSource, from, reached)
  if (!from.startsWith(nodeSource)) return undefined
  return faultOfOrder(nodeRooms, nodeSource, from, reached) ?? faultOfStrangers(from, reached)
}

function faultOfOrder(order: Order, sources: string, from: string, to: string | undefined): string | undefined {
  const room = roomOf(sources, from)
  const other = to?.startsWith(sources) ? roomOf(sources, to) : to?.startsWith('@') ? to : undefined
  if (room === undefined || other === undefined) return undefined
  const allowed = order[room]
  if (allowed === undefined) return `${room} is no room that the layers know: name it in tools/tidy/rules/layers.ts`
  return other === room || allowed.includes(other) ? undefined : `${room} may not import ${other}`
}

function faultOfStrangers(from: string, to: string | undefined): string | undefined {
  for (const [one, two] of strangers) {
    const isIn = (path: string | undefined, name: string) => path?.startsWith(`${nodeSource}${name}/`) === true
    if (isIn(from, one) && isIn(to, two)) return `${one} may not import ${two}: they meet in the stores`
    if (isIn(from, two) && isIn(to, one)) return `${two} may not import ${one}: they meet in the stores`
  }
  return undefined
}

/** `stores` of `packages/node/src/stores/spool/spool.ts`; undefined for a file in no room, such as `sql.d.ts`. */
function roomOf(sources: string, path: string): string | undefined {
  const parts = path.slice(sources.length).split('/')
  return parts.length > 1 ? parts[0] : undefined
}
