/** Ways in for who has no account yet, each by a secret that somebody gave them. */
import { join, joinLook, setUp } from '@posthorn/api'
import type { Clock } from '../../base/clock.ts'
import { checkedBody, type Entrance } from '../../services/web-server/index.ts'
import { checkedPassword, nameRule } from '../operations/users.ts'
import { joinBy, refusal } from '../people.ts'
import type { ServedNode } from '../served.ts'
import type { SetUp } from './set-up.ts'

/** By path. Who comes in is signed in at once. */
export function entrances(node: ServedNode, first: SetUp, clock: Clock): Readonly<Record<string, Entrance>> {
  return {
    '/api/v1/set-up': async body => {
      const { secret, stay, node: name, lan, ...person } = checkedBody(setUp, body)
      const made = await first.begin(node, secret, person, { node: name, lan })
      return made && { person: made.person, stay, answer: { restarts: made.restarts }, answered: made.answered }
    },
    /** Whether an invite is good, before somebody types. */
    '/api/v1/join/look': async body => {
      const { secret } = checkedBody(joinLook, body)
      const invite = await node.directory.joinInvites.find(secret)
      return invite && { answer: { name: invite.userName } }
    },
    '/api/v1/join': async body => {
      const { secret, name, password } = checkedBody(join, body)
      const at = clock.now()
      const outcome = await joinBy(node, { secret, name, password: checkedPassword(password), at })
      if (outcome === 'gone') return undefined
      if (outcome === 'bad-name') throw refusal('bad-name', `This cannot be a name here: ${nameRule}`)
      if (outcome === 'name-taken') throw refusal('name-taken', 'Somebody has this name here, or had it. Take another.')
      node.log.info('somebody came by an invite', { user: outcome.name })
      return { person: { name: outcome.name, password }, stay: true }
    },
  }
}
