/** Ways in for who has no account yet, each by a secret that somebody gave them. */
import { setUp } from '@posthorn/api'
import { checkedBody, type Entrance } from '../../services/web-server/index.ts'
import type { ServedNode } from '../served.ts'
import type { SetUp } from './set-up.ts'

/** By path. Who comes in is signed in at once. */
export function entrances(node: ServedNode, first: SetUp): Readonly<Record<string, Entrance>> {
  return {
    '/api/v1/set-up': async body => {
      const { secret, stay, ...person } = checkedBody(setUp, body)
      const made = await first.begin(node, secret, person)
      return made && { person: made, stay }
    },
  }
}
