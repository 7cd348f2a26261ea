/** What is offered for a link that the node has looked at. Nothing else is ever done with a link. */
import type { LinkView } from '@posthorn/api'
import { plainLine } from '../../text/line.ts'
import { say } from './words.ts'

export interface Offer {
  readonly title: string
  readonly text: string
  /** Shown as a text apart, never as a link. */
  readonly quote?: string
  readonly deed?: { readonly kind: 'follow' | 'revoke'; readonly label: string }
}

export function offerOf(link: LinkView): Offer {
  switch (link.kind) {
    case 'contact': {
      const name = nameOf(link)
      return {
        title: say('isContact', { name }),
        text: say('isContactText', { name }),
        deed: { kind: 'follow', label: say('startChat') },
      }
    }
    case 'group':
    case 'channel': {
      const title = say(link.kind === 'group' ? 'isGroup' : 'isChannel', { name: nameOf(link) })
      return { title, text: say('isGroupText'), deed: { kind: 'follow', label: say('join') } }
    }
    case 'own':
      if (!link.active) return { title: say('isOwn'), text: say('isOwnInactive') }
      return { title: say('isOwn'), text: say('isOwnActive'), deed: { kind: 'revoke', label: say('revoke') } }
    case 'address':
      return { title: say('isAddress'), text: say('isAddressText', { address: plainLine(link.address) }) }
    case 'web':
      return { title: say('isWeb'), text: '', quote: plainLine(link.url) }
    case 'text':
      return { title: say('isText'), text: say('isTextText'), quote: plainLine(link.text) }
    case 'other':
      return { title: say('isOther'), text: link.why }
  }
}

function nameOf({ name }: { readonly name: string }): string {
  return plainLine(name) || say('unnamed')
}
