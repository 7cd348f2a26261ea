import type { ChatRow, ChatView } from '@posthorn/api'
import { expect, test } from 'vitest'
import { rowOf, viewOf } from '../stores/testing.ts'
import { canChange, canDisappear, canLeave, canMute, hasOther, possibleWith } from './possible.ts'

test.each<[string, Partial<ChatRow>, readonly string[]]>([
  ['a chat with somebody', {}, ['pin', 'mute', 'archive', 'info', 'delete']],
  ['with new messages', { unread: 3 }, ['read', 'pin', 'mute', 'archive', 'info', 'delete']],
  ['pinned and muted', { pinned: true, muted: true }, ['unpin', 'unmute', 'archive', 'info', 'delete']],
  ['in the archive', { archived: true }, ['mute', 'unarchive', 'info', 'delete']],
  ['a request is answered first', { request: true, unread: 1 }, ['accept', 'block', 'delete']],
  ['notes to oneself make no noise', { self: true }, ['pin', 'archive', 'info', 'delete']],
])('%s', (_what, row, deeds) => {
  expect(possibleWith(rowOf(row))).toEqual(deeds)
})

const group = { kind: 'group', member: true, encrypted: true } as const

test.each<[string, Partial<ChatView>, readonly boolean[]]>([
  // change, leave, mute, disappear, other
  ['somebody', { kind: 'single' }, [false, false, true, true, true]],
  ['oneself', { kind: 'single', self: true }, [false, false, false, true, false]],
  ['the device', { kind: 'single', device: true, canSend: false }, [false, false, true, false, false]],
  ['a group', group, [true, true, true, true, false]],
  ['a group one has left', { ...group, member: false, canSend: false }, [false, false, true, false, false]],
  ['a group without encryption', { ...group, encrypted: false }, [false, true, true, true, false]],
  ['a request into a group', { ...group, request: true, canSend: false }, [false, false, false, false, false]],
  ['a channel of one’s own', { kind: 'channel-out', member: true }, [true, false, true, true, false]],
  ['a channel of others', { kind: 'channel-in', member: true, canSend: false }, [false, true, true, false, false]],
])('what can be done: %s', (_what, chat, expected) => {
  const view = viewOf(chat)
  expect([canChange(view), canLeave(view), canMute(view), canDisappear(view), hasOther(view)]).toEqual(expected)
})
