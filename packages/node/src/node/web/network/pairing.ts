import type { PairedView, pairingMethods } from '@posthorn/api'
import type { Ending, Notice } from '../../../services/pairing/index.ts'
import type { Handlers } from '../../../services/web-server/handlers.ts'
import type { Paired } from '../../operations/types.ts'
import type { ServedNode } from '../../served.ts'
import type { Ask } from './asking.ts'
import { neighbourView } from './neighbours.ts'

export function pairingHandlers(node: ServedNode, ask: Ask): Handlers<keyof typeof pairingMethods> {
  const paired = async (joined: Paired): Promise<PairedView> => {
    const names = new Map((await node.directory.neighbours.list()).map(({ identity, name }) => [identity.id, name]))
    const view = neighbourView(joined, id => names.get(id as never) ?? id)
    return { ...view, outcome: joined.outcome }
  }
  const called = (name: string | undefined) => (name === undefined ? {} : { name })
  return {
    'pairing.card': async () => {
      const { link, name, domain } = await ask('card.show', {})
      return { link, name, domain }
    },
    'pairing.invite': async ({ kind, name, addresses }) => {
      const given = { kind, ...called(name), ...(addresses === undefined ? {} : { addr: addresses }) }
      const made = await ask('invite.add', given)
      return { ...made, addresses: [...made.addresses] }
    },
    'pairing.list': async () => [...(await ask('invite.list', {}))],
    'pairing.cancel': async ({ invite }) => ({ invite: (await ask('invite.cancel', { id: invite })).id }),
    'pairing.follow': async ({ invite, seen }, _caller, context) => {
      const { notices, ending } = await ask('invite.follow', { id: invite, seen }, context)
      return { notices: notices.map(noticeView), ending: ending === null ? null : endingView(ending) }
    },
    'pairing.join': async ({ invite, name, addresses }, _caller, context) => {
      const given = { invite, ...called(name), ...(addresses === undefined ? {} : { addr: addresses }) }
      return paired(await ask('pairing.join', given, context))
    },
    'pairing.reply': async ({ invitation, name }) => {
      const { reply, expiresAt, ...joined } = await ask('pairing.reply', { invitation, ...called(name) })
      return { ...(await paired(joined)), reply, expiresAt }
    },
    'pairing.accept': async ({ reply, name }) => paired(await ask('invite.accept', { reply, ...called(name) })),
    'pairing.nearby': async () =>
      (await ask('neighbour.nearby', {})).map(({ addresses, ...nearby }) => ({
        ...nearby,
        addresses: addresses.map(({ url }) => url),
      })),
  }
}

function noticeView(notice: Notice) {
  if (notice.kind === 'tried') return { kind: notice.kind, tries: notice.tries, triesMax: notice.triesMax }
  if (notice.kind === 'refused') return { kind: notice.kind, code: notice.code, message: notice.message }
  return { kind: notice.kind, neighbour: notice.neighbour }
}

function endingView(ending: Ending) {
  if (ending.kind !== 'joined') return { kind: ending.kind }
  return { kind: ending.kind, neighbour: ending.neighbour, confirmed: ending.confirmed }
}
