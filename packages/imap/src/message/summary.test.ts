import { expect, test } from 'vitest'
import { baseSubject } from './base-subject.ts'
import { sentDate } from './sent-date.ts'
import { messageSummary } from './summary.ts'

test.each([
  ['hello', 'hello', false],
  ['Re: hello', 'hello', true],
  ['RE : re[2]: Fwd:hello', 'hello', true],
  ['  Re:   hello   there (fwd) (FWD)  ', 'hello there', true],
  ['[list] Re: [other] hello', 'hello', true],
  ['[list] hello', 'hello', false],
  ['[list]', '[list]', false],
  ['Re: [list]', '[list]', true],
  ['[Fwd: Re: hello]', 'hello', true],
  ['[fwd: [fwd: a [b] c]]', 'a [b] c', true],
  ['Fw: [x] Fwd: y (fwd)', 'y', true],
  ['Re: Re:', '', true],
  ['', '', false],
  ['Reply: no', 'Reply: no', false],
  ['[unclosed Re: x', '[unclosed Re: x', false],
])('the base of the subject %j is %j', (subject, text, isReply) => {
  expect(baseSubject(subject)).toEqual({ text, isReply })
})

test('subjects made to take long do not', () => {
  for (const piece of ['re:', '[a]', '(fwd)', '[fwd:', ' ', '[', 're [']) baseSubject(piece.repeat(100_000))
})

test.each([
  ['Thu, 19 Nov 2026 01:56:14 +0000', '2026-11-19', '2026-11-19T01:56:14Z'],
  ['19 Nov 2026 23:30:00 -0800 (PST)', '2026-11-19', '2026-11-20T07:30:00Z'],
  ['Fri, 1 Jan 99 00:00 EST', '1999-01-01', '1999-01-01T05:00:00Z'],
  ['1-Feb-2026 05:00:00 GMT', '2026-02-01', '2026-02-01T05:00:00Z'],
  ['Mon, 2 March 2026 99:00:00 +0100', '2026-03-02', '2026-03-01T23:00:00Z'],
  ['5 May 2026', '2026-05-05', '2026-05-05T00:00:00Z'],
  ['5 May 2026 10:00:00 +9999', '2026-05-05', '2026-05-05T10:00:00Z'],
  ['1 Jan 0001 00:00:00 +0000', '0001-01-01', '0001-01-01T00:00:00Z'],
])('the date %j', (value, day, at) => {
  expect(sentDate(value)).toEqual({ day: Date.parse(`${day}T00:00:00Z`) / 86_400_000, at: Date.parse(at) })
})

test('what is no date', () => {
  for (const value of [
    '',
    'yesterday',
    '31 Feb 2026',
    '32 Jan 2026 00:00:00',
    '1 Foo 2026',
    `${' ('.repeat(50_000)}1 Jan 2026`,
  ]) {
    expect(sentDate(value), value.slice(0, 20)).toBeUndefined()
  }
})

test('what SORT and THREAD compare', () => {
  const header = [
    'Subject: Re: =?iso-8859-1?Q?Gr=FC=DFe?=',
    'From: "Bob" <bob@x>, carol@y',
    'To: friends: alice@x, dave@y;',
    'Message-ID: <"a"@x> <other@x>',
    'References: <1@x> rubbish <2@x>',
    ' <not an id> <3@x>',
    'In-Reply-To: <9@x>',
  ].join('\r\n')
  expect(messageSummary(header)).toEqual({
    sentAt: null,
    sentDay: null,
    subject: 'GRU\u0308SSE',
    isReply: 1,
    from: 'BOB',
    to: 'FRIENDS',
    cc: '',
    displayFrom: 'BOB',
    displayTo: 'FRIENDS',
    messageId: 'a@x',
    references: '1@x 2@x 3@x',
  })
  expect(messageSummary('In-Reply-To: <8@x> <9@x>\r\nReferences: none\r\n').references).toBe('8@x')
})

test('chains of references are kept to a bound: the eldest and the nearest', () => {
  const chain = Array.from({ length: 5000 }, (_, at) => `<${at}@x>`).join(' ')
  const kept = messageSummary(`References: ${chain}\r\n`).references.split(' ')
  expect(kept.length).toBe(100)
  expect([kept[0], kept[9], kept[10], kept.at(-1)]).toEqual(['0@x', '9@x', '4910@x', '4999@x'])
})
