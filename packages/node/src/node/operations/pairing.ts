/** Invites, and joining who has invited. */
import { OperatingError } from '../../base/errors.ts'
import { callableUrl } from '../../links/address.ts'
import { tcpUrl } from '../../links/tcp/address.ts'
import { type Joined, pairingLimits, type Self } from '../../services/pairing/index.ts'
import type { Invite } from '../../stores/directory/index.ts'
import type { ServedNode } from '../served.ts'
import { lanAddress } from './access.ts'
import type { InviteCourse, InviteMade, InviteStatus } from './invite-types.ts'
import { showCard, statusOf } from './neighbours.ts'
import type { OperationContext, Paired, ParamsOf, ResultOf } from './types.ts'

/** This node, as it shows itself to those it pairs with. */
export function selfOf(node: ServedNode): Self {
  return { card: async () => (await showCard(node)).link, listens: node.listeners.nncp ?? null }
}

export async function addInvite(node: ServedNode, params: ParamsOf<'invite.add'>): Promise<InviteMade> {
  const { kind, lifeMs } = params
  const name = params.name ?? null
  if (kind === 'file') {
    const how = { name, lifeMs: lifeMs ?? pairingLimits.fileLifeMs, self: selfOf(node) }
    const { invite, text } = await node.pairing.inviteByFile(how)
    return made(invite, { words: null, link: text, addresses: [] })
  }
  if (!node.running) {
    throw new OperatingError(
      'The node does not run, so nobody would answer: `posthorn start` first. Or invite by file: --file FILE',
      { code: 'not-running', retry: 'later' },
    )
  }
  const given = params.addr?.map(address => callableUrl(address).href) ?? []
  const addresses = [...new Set([...given, ...(await ownAddresses(node))])]
  const how = { name, lifeMs: lifeMs ?? pairingLimits.liveLifeMs, addresses }
  const { invite, words, link } = await node.pairing.invite(how)
  return made(invite, { words, link, addresses })
}

function made({ id, expiresAt }: Invite, rest: Pick<InviteMade, 'words' | 'link' | 'addresses'>): InviteMade {
  return { id, ...rest, expiresAt: new Date(expiresAt).toISOString() }
}

/** Where this node can be called: in the local network or, when it is not open to that, on this machine. */
async function ownAddresses(node: ServedNode): Promise<string[]> {
  const { nncp } = node.listeners
  if (nncp === undefined) return []
  const { lanHost } = await node.reach()
  const outside = lanHost ?? lanAddress() ?? '127.0.0.1'
  const host = isUnspecified(nncp.host) ? outside : nncp.host
  return [tcpUrl({ host, port: nncp.port }).href]
}

/** All addresses of this machine: nobody can call that itself. */
function isUnspecified(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

export async function listInvites(node: ServedNode): Promise<readonly InviteStatus[]> {
  const invites = await node.pairing.list()
  return Promise.all(
    invites.map(async ({ id, kind, isOpen, usedBy, tries, expiresAt }) => {
      const state = usedBy !== null ? 'used' : isOpen ? 'open' : 'over'
      const neighbour = usedBy === null ? undefined : await node.directory.neighbours.get(usedBy)
      return {
        ...{ id, kind, state, expiresAt: new Date(expiresAt).toISOString() },
        ...{ triesLeft: pairingLimits.triesMax - tries, usedBy: neighbour?.name ?? usedBy },
      }
    }),
  )
}

export async function cancelInvite(node: ServedNode, { id }: ParamsOf<'invite.cancel'>): Promise<{ id: string }> {
  if ((await node.pairing.cancel(id)) !== undefined) return { id }
  throw noInvite(id)
}

export async function followInvite(
  node: ServedNode,
  { id, seen }: ParamsOf<'invite.follow'>,
  { signal }: OperationContext,
): Promise<InviteCourse> {
  const course = await node.pairing.follow(id, seen, signal)
  if (course === undefined) throw noInvite(id)
  return course
}

function noInvite(id: string): OperatingError {
  return new OperatingError(`There is no invite ${id}. \`posthorn invite list\` shows which there are.`, {
    code: 'no-invite',
    retry: 'never',
  })
}

export async function acceptReply(node: ServedNode, params: ParamsOf<'invite.accept'>): Promise<Paired> {
  return paired(node, await node.pairing.acceptReply({ reply: params.reply, name: params.name ?? null }))
}

export async function join(
  node: ServedNode,
  params: ParamsOf<'pairing.join'>,
  { signal }: OperationContext,
): Promise<Paired> {
  const { invite, name = null } = params
  const addresses = params.addr?.map(callableUrl) ?? []
  return paired(node, await node.pairing.join({ invite, name, addresses, self: selfOf(node), signal }))
}

export async function replyToInvitation(
  node: ServedNode,
  params: ParamsOf<'pairing.reply'>,
): Promise<ResultOf<'pairing.reply'>> {
  const how = { invite: params.invitation, name: params.name ?? null, self: selfOf(node) }
  const { joined, text, expiresAt } = await node.pairing.reply(how)
  return { ...(await paired(node, joined)), reply: text, expiresAt: new Date(expiresAt).toISOString() }
}

async function paired(node: ServedNode, { neighbour, outcome, address }: Joined): Promise<Paired> {
  return { ...(await statusOf(node, neighbour)), outcome, address }
}
