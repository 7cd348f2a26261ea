import { expect, test } from 'vitest'
import { clockTime } from '../i18n/index.ts'
import { rowOf } from '../stores/testing.ts'
import { textOf } from './row-text.ts'

const at = new Date(2026, 10, 20, 9, 30).getTime()
const now = new Date(2026, 10, 20, 18, 0).getTime()
const last = { id: 1, who: '', what: 'See you', draft: false, state: null }

test('a row says who wrote what, and when', () => {
  expect(textOf(rowOf({ at, last: { ...last, who: 'Bo' } }), now)).toMatchObject({
    name: 'Ann',
    who: 'Bo',
    what: 'See you',
    time: clockTime(at),
  })
})

test('a draft is told as one, whoever wrote last', () => {
  const text = textOf(rowOf({ at: null, last: { ...last, who: 'Bo', draft: true } }), now)
  expect(text).toMatchObject({ who: '', aloud: 'Ann, Draft: See you' })
})

test('one’s own message is said to be so in the language of the page, whatever the engine calls one', () => {
  const own = { ...last, who: 'Me', state: 'sent' as const }
  expect(textOf(rowOf({ last: own }), now).who).toBe('You')
  expect(textOf(rowOf({ last: { ...own, who: '' } }), now).who).toBe('')
})

test('a chat that is empty has no time, and says that it is empty', () => {
  const row = rowOf({ at: null, last: { ...last, id: null, what: '' } })
  expect(textOf(row, now)).toMatchObject({ time: '', what: 'No messages yet', aloud: 'Ann, No messages yet' })
})

test('all that the pictures say is read aloud too', () => {
  const row = rowOf({ at, unread: 2, verified: true, muted: true, pinned: true, last: { ...last, state: 'failed' } })
  expect(textOf(row, now).aloud).toBe(
    `Ann, 2 new messages, See you, Not sent, ${clockTime(at)}, Verified, Pinned, Muted`,
  )
})

test('what the node has taken is said to be with the node, and no more', () => {
  const said = (state: 'sending' | 'sent' | 'read') => textOf(rowOf({ at: null, last: { ...last, state } }), now).aloud
  expect([said('sending'), said('sent'), said('read')]).toEqual([
    'Ann, See you, Not with the node yet',
    'Ann, See you, With the node',
    'Ann, See you, Read',
  ])
})

test('names and texts of strangers cannot turn or break the row', () => {
  const row = rowOf({
    name: 'Bank\u202E\n\u2067gro.live',
    last: { ...last, who: '\u200B', what: '<b>1</b>\r\n2\u2028 3' },
  })
  expect(textOf(row, now)).toMatchObject({ name: 'Bank gro.live', who: '', what: '<b>1</b> 2 3' })
  expect(textOf(rowOf({ name: '\u202E\u200B' }), now).name).toBe('No name')
})
