import { OperatingError } from '../../base/errors.ts'

/** What a code of the other side means here, in words. */
const words: Readonly<Record<string, string>> = {
  'no-invite':
    'There is no such invite there: it is over, somebody has used it, or the words are others. Ask for a new one.',
  'invite-used':
    'This invite was used already. If not by this node (`posthorn neighbour list` shows it), ask for a new one, and ' +
    'tell the other side.',
  busy: 'The other node pairs with too many at once. Try again in a minute.',
  'own-card': 'This invite is of this node itself. Use it on the other one.',
  'name-taken':
    'The other node knows a neighbour of the same name with other keys. Its person was told and has to decide.',
  'keys-changed': 'The other node knows this one with other keys. Its person was told and has to decide.',
  'domain-taken': 'The other node knows another neighbour with a domain that this one claims. Its person was told.',
}

/** The other side said no. */
export function refusedBy(code: string): OperatingError {
  const message = words[code] ?? `The other node refused (${code}). Its person was told why.`
  return new OperatingError(message, { code, retry: code === 'busy' ? 'later' : 'never' })
}

/** @param expiresAt milliseconds since 1970, as the link says. */
export function noInviteSince(expiresAt: number): OperatingError {
  const until = new Date(expiresAt).toISOString()
  const message = `${words['no-invite']} This one was good until ${until}, by the clock of the other node.`
  return new OperatingError(message, { code: 'no-invite', retry: 'never' })
}

export function wrongWords(): OperatingError {
  return new OperatingError(
    'The words are not those of the invite, or somebody stands between. Look at them again: three wrong attempts in ' +
      'all make an invite void.',
    { code: 'wrong-words', retry: 'never' },
  )
}

export function badPeer(address: string): OperatingError {
  return new OperatingError(`What answers at ${address} does not pair as a Posthorn node does.`, {
    code: 'bad-peer',
    retry: 'never',
  })
}

export function wrongNode(address: string): OperatingError {
  return new OperatingError(`What answers at ${address} is not the node that has made this invite. Nothing was kept.`, {
    code: 'wrong-node',
    retry: 'never',
  })
}

export function cutLine(address: string): OperatingError {
  return new OperatingError(
    `The line to ${address} was cut before both had said yes. Say the same again: it goes on, and nothing is done ` +
      'twice.',
    { code: 'pairing-cut', retry: 'later' },
  )
}

export function noAddress(): OperatingError {
  return new OperatingError(
    'It is not known where to call the node that invites. Say so with --addr tcp://host:port, or use the link.',
    { code: 'no-address', retry: 'never' },
  )
}

export function nameTaken(name: string): OperatingError {
  return new OperatingError(
    `Another neighbour is called ${name} already. Give this one a name of its own: --name NAME`,
    { code: 'name-taken', retry: 'never' },
  )
}

export function tooManyInvites(): OperatingError {
  return new OperatingError('Too many invites are open. `posthorn invite list` shows them; cancel some.', {
    code: 'too-many-invites',
    retry: 'never',
  })
}

/** @param kind what it is. */
export function otherInvite(kind: 'link' | 'invitation' | 'reply'): OperatingError {
  return new OperatingError(otherUses[kind], { code: 'bad-invite', retry: 'never' })
}

const otherUses = {
  link: 'This invite is answered over a line, not by a file: posthorn join LINK',
  invitation: 'This invitation is answered by a file: posthorn join FILE --reply REPLY',
  reply: 'This is the reply to an invitation. It goes back to who invited: posthorn invite accept REPLY',
} as const

export function badReply(): OperatingError {
  return new OperatingError('This is not the reply to an open invitation of this node, or it was altered.', {
    code: 'bad-reply',
    retry: 'never',
  })
}
