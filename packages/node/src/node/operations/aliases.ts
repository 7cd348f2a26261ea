/** Addresses that lead to others, and where letters are sent on to. */
import type { Route } from '../../services/postoffice/index.ts'
import { nodeAccountName, refusal, unknownUser } from '../people.ts'
import type { ServedNode } from '../served.ts'
import type { UserShown } from './people-types.ts'
import type { ParamsOf, ResultOf } from './types.ts'
import { showUser } from './users.ts'

export async function addAlias(node: ServedNode, params: ParamsOf<'alias.add'>): Promise<ResultOf<'alias.add'>> {
  const { aliases, users } = node.directory
  const address = aliasOf(node, params.address)
  const [name = ''] = address.split('@')
  if (name === 'mailer-daemon') throw refusal('bad-alias', 'mailer-daemon is what reports of this node come from.')
  if (name === nodeAccountName) throw refusal('bad-alias', `${name} is the account of the node itself.`)
  if (name !== '' && (await users.get(name)) !== undefined) {
    throw refusal('name-taken', `${name} is a person here. To send their mail elsewhere: posthorn user forward ${name}`)
  }
  const targets: string[] = []
  for (const target of new Set(params.targets)) targets.push(await targetOf(node, target))
  if (await leadsBack(node, address, targets)) {
    throw refusal('mail-loop', `${address} would lead to itself: \`posthorn alias list\` shows by which way.`)
  }
  const outcome = await aliases.put({ address, targets: [...new Set(targets)] })
  return { address, targets, outcome }
}

export async function listAliases(node: ServedNode): Promise<ResultOf<'alias.list'>> {
  return node.directory.aliases.list()
}

export async function removeAlias(
  node: ServedNode,
  params: ParamsOf<'alias.remove'>,
): Promise<ResultOf<'alias.remove'>> {
  const address = aliasOf(node, params.address)
  if (await node.directory.aliases.remove(address)) return { address }
  throw refusal('unknown-alias', `There is no alias ${address}. \`posthorn alias list\` shows which there are.`)
}

export async function forwardUser(node: ServedNode, params: ParamsOf<'user.forward'>): Promise<UserShown> {
  const { name, keep } = params
  const { users } = node.directory
  const to: string[] = []
  for (const given of new Set(params.to)) {
    const address = given.includes('@') ? given : `${given}@${node.domain}`
    await reachable(node, address)
    if (await comesBack(node, name, address)) {
      throw refusal('mail-loop', `Letters for ${name} would come back to ${name} by ${address}.`)
    }
    to.push(address)
  }
  const forward = to.length === 0 ? null : { to, keeps: keep }
  if (!(await users.change(name, { forward }))) throw unknownUser(name)
  return showUser(node, { name })
}

/** As it is kept: lower case, the node's own domain as it is written today. */
function aliasOf(node: ServedNode, given: string): string {
  const address = given.toLowerCase()
  const at = address.lastIndexOf('@')
  if (at === -1) return address
  const domain = address.slice(at + 1)
  const ours = [node.domain, ...node.config.node.domains]
  if (ours.includes(domain)) return address
  throw refusal('bad-alias', `${domain} is no domain of this node. It has ${ours.join(', ')}.`)
}

/** A user or alias here by name; anything else by its address. */
async function targetOf(node: ServedNode, given: string): Promise<string> {
  const { users, aliases } = node.directory
  const at = given.lastIndexOf('@')
  const name = (at === -1 ? given : given.slice(0, at)).toLowerCase()
  const domain = given.slice(at + 1).toLowerCase()
  if (at === -1 || domain === node.domain || node.config.node.domains.includes(domain)) {
    if ((await users.get(name)) !== undefined || (await aliases.get(name)) !== undefined) return name
    if (at !== -1 && (await aliases.get(`${name}@${domain}`)) !== undefined) return `${name}@${domain}`
    throw unknownUser(given)
  }
  const address = `${given.slice(0, at)}@${domain}`
  await reachable(node, address)
  return address
}

async function reachable(node: ServedNode, address: string): Promise<void> {
  const verdict = await node.postOffice.judge(address)
  if (verdict.kind !== 'ok') throw refusal(verdict.kind, `${address}: ${verdict.text}.`)
}

/** Would an alias of this address, leading there, lead to itself? */
async function leadsBack(node: ServedNode, address: string, targets: readonly string[]): Promise<boolean> {
  const { aliases } = node.directory
  const domains = [node.domain, ...node.config.node.domains]
  const seen = new Set<string>()
  const next = [...targets]
  for (let target = next.pop(); target !== undefined; target = next.pop()) {
    const [local = '', domain] = target.split('@')
    if (domain !== undefined && !domains.includes(domain)) continue
    // `name` counts under every domain, and `name@domain` goes before it.
    const names = domain === undefined ? [local, ...domains.map(own => `${local}@${own}`)] : [target, local]
    for (const name of names) {
      if (name === address) return true
      if (seen.has(name)) continue
      seen.add(name)
      next.push(...((await aliases.get(name))?.targets ?? []))
    }
  }
  return false
}

/** Would letters for a user, sent on to this address, come back to them by the forwards of others here? */
async function comesBack(node: ServedNode, name: string, address: string): Promise<boolean> {
  const { users } = node.directory
  const seen = new Set<string>()
  const next = [address]
  for (let to = next.pop(); to !== undefined; to = next.pop()) {
    for (const user of usersAt(await node.postOffice.route(to))) {
      if (user === name) return true
      if (seen.has(user)) continue
      seen.add(user)
      next.push(...(users.settings(user)?.forward?.to ?? []))
    }
  }
  return false
}

function usersAt(route: Route): readonly string[] {
  if (route.kind === 'local') return [route.user]
  return route.kind === 'list' ? route.users : []
}
