import type { LinkView } from '@posthorn/api'
import type { EngineCode } from '../engine/schemas.ts'

const isMine = /^(?:withdraw|revive)/

/** @param nameOf the person behind a contact. */
export async function linkView(
  code: EngineCode,
  personOf: (contact: number) => Promise<{ readonly name: string; readonly address: string }>,
): Promise<LinkView> {
  const { kind } = code
  const said = (key: string) => (typeof code[key] === 'string' ? code[key] : '')
  const contact = typeof code['contact_id'] === 'number' ? code['contact_id'] : 0
  if (kind === 'askVerifyContact' || kind === 'fprOk') {
    return { kind: 'contact', contact, name: (await personOf(contact)).name }
  }
  if (kind === 'askVerifyGroup') return { kind: 'group', name: said('grpname') }
  if (kind === 'askJoinBroadcast') return { kind: 'channel', name: said('name') }
  if (isMine.test(kind)) return { kind: 'own', name: said('grpname') || said('name'), active: isWithdrawable(code) }
  if (kind === 'addr') return { kind: 'address', address: (await personOf(contact)).address }
  if (kind === 'url') return { kind: 'web', url: said('url') }
  if (kind === 'text') return { kind: 'text', text: said('text') }
  return { kind: 'other', why: whyOther(kind) }
}

/** An invite of somebody else. */
export function isInvite({ kind }: EngineCode): boolean {
  return kind === 'askVerifyContact' || kind === 'askVerifyGroup' || kind === 'askJoinBroadcast'
}

/** An invite of one's own that is good for somebody. */
export function isWithdrawable({ kind }: EngineCode): boolean {
  return kind.startsWith('withdraw')
}

function whyOther(kind: string): string {
  if (kind === 'login' || kind === 'account') return 'This is a login for an app, not an invite to chat.'
  if (kind.startsWith('backup')) return 'This moves a whole account to another device. Scan it in the app there.'
  if (kind === 'proxy' || kind === 'webrtcInstance') return 'This is a setting of an app, not an invite to chat.'
  if (kind.startsWith('fpr')) return 'This is a fingerprint of somebody who is not the one it says, or not known here.'
  return 'This is no invite that is known here.'
}
