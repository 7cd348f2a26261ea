import type { LinkView } from '@posthorn/api'
import { expect, test } from 'vitest'
import { offerOf } from './offer.ts'

test.each<[LinkView, string | undefined]>([
  [{ kind: 'contact', contact: 11, name: 'Ann' }, 'follow'],
  [{ kind: 'group', name: 'Camp' }, 'follow'],
  [{ kind: 'channel', name: 'News' }, 'follow'],
  [{ kind: 'own', name: 'Me', active: true }, 'revoke'],
  [{ kind: 'own', name: 'Me', active: false }, undefined],
  [{ kind: 'address', address: 'ann@camp.example' }, undefined],
  [{ kind: 'web', url: 'https://evil.example/?x=<script>' }, undefined],
  [{ kind: 'text', text: 'javascript:alert(1)' }, undefined],
  [{ kind: 'other', why: 'This is a backup.' }, undefined],
])('for %o is offered: %s', (link, deed) => {
  expect(offerOf(link).deed?.kind).toBe(deed)
})

test('a name in an invite cannot turn the question around', () => {
  expect(offerOf({ kind: 'contact', contact: 1, name: '\u202Ennа\n(admin)' }).title).toBe('Chat with nnа (admin)?')
  expect(offerOf({ kind: 'group', name: '\u2066' }).title).toBe('Join the group “No name”?')
})
