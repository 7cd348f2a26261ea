import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DeliveryWishes } from '../../stores/spool/envelope.ts'
import {
  Batch,
  type BatchEvent,
  fullAddress,
  handOver,
  LineEnds,
  sendmailCall,
  type Wished,
  wishesOfCall,
} from './index.ts'
import { intakeLimits } from './limits.ts'
import { bodyOf, cuts, fakeDesk, textOf } from './testing.ts'

describe('arguments of sendmail', () => {
  const callOf = (...words: string[]) => {
    const call = sendmailCall(words)
    if ('fault' in call) throw new Error(call.fault)
    return call
  }

  it.each([
    ['cron', ['-i', '-FCronDaemon', '-B8BITMIME', '-oem', 'root'], { dotEnds: false, recipients: ['root'] }],
    ['git send-email', ['-i', '-f', 'a@x', '--', 'b@y', 'c@z'], { sender: 'a@x', recipients: ['b@y', 'c@z'] }],
    ['mutt', ['-oem', '-oi', '-f', 'a@x', '--', 'b@y'], { sender: 'a@x', dotEnds: false, recipients: ['b@y'] }],
    ['PHP', ['-t', '-i'], { fromHeader: true, dotEnds: false, recipients: [] }],
    ['letters in one word', ['-tifa@x'], { fromHeader: true, dotEnds: false, sender: 'a@x' }],
    ['Exim', ['-bS'], { mode: 'batch' }],
    ['mutt by SMTP', ['-bs'], { mode: 'smtp' }],
    ['mailq', ['-bp'], { mode: 'queue' }],
    ['a bounce', ['-f', '<>', 'a@x'], { sender: '' }],
    ['a bounce without words', ['-f', '', 'a@x'], { sender: '' }],
    ['DSN', ['-N', 'never', '-R', 'hdrs', '-V', 'id7', 'a@x'], { notify: 'never', ret: 'hdrs', envelopeId: 'id7' }],
    ['-r', ['-r', 'a@x', 'b'], { sender: 'a@x', recipients: ['b'] }],
    ['Postfix', ['-G', '-i', '-v', '-o', '-O7', 'b'], { recipients: ['b'] }],
  ])('are taken from %s', (_, words, expected) => {
    expect(callOf(...words)).toMatchObject(expected)
  })

  it('are recipients behind --, whatever they look like', () => {
    expect(callOf('--', '-bs', '-t', '--')).toMatchObject({
      mode: 'letter',
      fromHeader: false,
      recipients: ['-bs', '-t', '--'],
    })
  })

  it.each([['-bd'], ['-Z'], ['-f']])('are refused when they ask for what is not done: %s', word => {
    expect(sendmailCall([word])).toHaveProperty('fault')
  })
})

describe('wishes of sendmail (RFC 3461)', () => {
  const none = { notify: null, ret: null, envelopeId: null }

  it('are those of -N, -R and -V', () => {
    expect(wishesOfCall(none)).toEqual({})
    expect(wishesOfCall({ notify: 'never', ret: 'HDRS', envelopeId: 'QQ+20314' })).toEqual({
      ...{ notify: [], returns: 'headers', envelopeId: 'QQ 314' },
    })
    expect(wishesOfCall({ ...none, notify: 'Delay,success' })).toEqual({ notify: ['success', 'delay'] })
  })

  it.each([
    { notify: 'sometimes' },
    { notify: 'never,failure' },
    { notify: '' },
    { ret: 'some' },
    { envelopeId: '' },
    { envelopeId: 'a b' },
    { envelopeId: '+0D+0AX: y' },
    { envelopeId: '+zz' },
    { envelopeId: 'x'.repeat(101) },
  ])('are refused when they make no sense: %j', asked => {
    expect(wishesOfCall({ ...none, ...asked })).toHaveProperty('fault')
  })
})

describe('line ends', () => {
  const through = (chunks: readonly Uint8Array[], dotEnds: boolean) => {
    const lines = new LineEnds({ dotEnds })
    return Buffer.concat([...chunks.map(chunk => lines.take(chunk)), lines.end()]).toString('latin1')
  }
  const cases: [string, string, boolean, string][] = [
    ['LF', 'a\nb\n', false, 'a\r\nb\r\n'],
    ['CRLF', 'a\r\nb\r\n', false, 'a\r\nb\r\n'],
    ['CR', 'a\rb', false, 'a\r\nb\r\n'],
    ['a mixture', '\n\r\n\r\r\n', false, '\r\n\r\n\r\n\r\n'],
    ['a last line without one', 'a', false, 'a\r\n'],
    ['a dot that does not end', 'a\n.\nb\n', false, 'a\r\n.\r\nb\r\n'],
    ['a dot that ends', 'a\n.\nb\n', true, 'a\r\n'],
    ['a dot that ends without a line end', 'a\n.', true, 'a\r\n'],
    ['a line that begins with a dot', '.a\n..\n', true, '.a\r\n..\r\n'],
  ]

  it.each(cases)('are made CRLF: %s', (_, input, dotEnds, expected) => {
    for (const chunks of cuts(input)) expect(through(chunks, dotEnds)).toBe(expected)
  })

  it('are never bare afterwards, and nothing else is lost', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '.', '\r', '\n'), { maxLength: 40 }), signs => {
        const input = signs.join('')
        for (const chunks of cuts(input)) {
          const out = through(chunks, false)
          expect(out).not.toMatch(/\r(?!\n)|(?<!\r)\n/)
          expect(out.replace(/[\r\n]/g, '')).toBe(input.replace(/[\r\n]/g, ''))
        }
      }),
    )
  })
})

describe('a batch of SMTP commands', () => {
  interface Taken {
    readonly letters: { sender: string; recipients: readonly string[]; text: string }[]
    readonly wishes: DeliveryWishes[]
    readonly codes: number[]
    readonly batch: Batch
  }
  const take = (chunks: readonly Uint8Array[]): Taken => {
    const batch = new Batch()
    const letters: Taken['letters'] = []
    const codes: number[] = []
    const wishes: DeliveryWishes[] = []
    const deal = (event: BatchEvent) => {
      const last = letters.at(-1)
      if (event.kind === 'reply') codes.push(event.code)
      if (event.kind === 'letter') letters.push({ sender: event.sender, recipients: event.recipients, text: '' })
      if (event.kind === 'letter') wishes.push(event.wishes)
      if (event.kind === 'bytes' && last !== undefined) last.text += Buffer.from(event.bytes).toString('latin1')
    }
    for (const chunk of chunks) for (const event of batch.take(chunk)) deal(event)
    return { letters, wishes, codes, batch }
  }
  const one = 'HELO x\nMAIL FROM:<a@x>\nRCPT TO:<b@y>\nDATA\nSubject: 1\n\n..dot\n.\n'

  it('is the same whole, byte by byte and at random cuts', () => {
    const input = `${one}MAIL FROM:<> SIZE=7\nRCPT TO: <c@y>\nRCPT TO:<d@y>\nDATA\n\nx\n.\nQUIT\nMAIL FROM:<late@x>\n`
    for (const chunks of cuts(input)) {
      expect(take(chunks).letters).toEqual([
        { sender: 'a@x', recipients: ['b@y'], text: 'Subject: 1\n\n.dot\n' },
        { sender: '', recipients: ['c@y', 'd@y'], text: '\nx\n' },
      ])
    }
  })

  it.each([
    ['LF within CRLF', '\r\n', 'x\n.\nMAIL FROM:<evil@x>\nRCPT TO:<v@y>\nDATA\nevil\r\n'],
    ['CRLF, dot, LF', '\r\n', 'x\r\n.\nMAIL FROM:<evil@x>\nRCPT TO:<v@y>\nDATA\nevil\r\n'],
    ['LF, dot, CRLF', '\r\n', 'x\n.\r\nMAIL FROM:<evil@x>\nRCPT TO:<v@y>\nDATA\nevil\r\n'],
    ['CR, dot, CR', '\r\n', 'x\r.\rMAIL FROM:<evil@x>\rRCPT TO:<v@y>\rDATA\revil\r\n'],
    ['CRLF within LF', '\n', 'x\r\n.\r\nMAIL FROM:<evil@x>\r\nRCPT TO:<v@y>\r\nDATA\r\nevil\n'],
  ])('is not smuggled into by a letter: %s', (_, end, text) => {
    const input = `MAIL FROM:<a@x>${end}RCPT TO:<b@y>${end}DATA${end}${text}.${end}QUIT${end}`
    for (const chunks of cuts(input)) {
      const { letters } = take(chunks)
      expect(letters.map(({ sender }) => sender)).toEqual(['a@x'])
      // A dot at the start of a line was added, wherever that line is one.
      expect(letters[0]?.text.length).toBeGreaterThan(text.length - 3)
    }
  })

  it('tells what its senders want to hear, of one letter each', () => {
    const input =
      'MAIL FROM:<a@x> SIZE=7 RET=full ENVID=QQ+2B1\nRCPT TO:<b@y> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Bob+2Bx@z\n' +
      'RCPT TO:<c@y> notify=never\nDATA\n\nx\n.\nMAIL FROM:<a@x>\nRCPT TO:<d@y>\nDATA\n\nx\n.\n'
    expect(take([Buffer.from(input)]).wishes).toEqual([
      {
        ...{ returns: 'full', envelopeId: 'QQ+1' },
        recipients: {
          'b@y': { notify: ['success', 'delay'], originalRecipient: 'rfc822;Bob+x@z' },
          'c@y': { notify: [] },
        },
      },
      { recipients: { 'd@y': {} } },
    ])
  })

  it.each(['RET=SOME', 'RET=FULL RET=FULL', 'ENVID=', 'ENVID=+0D+0Ax', 'RET'])('refuses MAIL with %s', parameters => {
    const { codes, letters } = take([Buffer.from(`MAIL FROM:<a@x> ${parameters}\nRCPT TO:<b@y>\nDATA\n`)])
    expect(codes).toEqual([501, 503, 503])
    expect(letters).toEqual([])
  })

  it.each(['NOTIFY=X', 'NOTIFY=NEVER,DELAY', 'NOTIFY', 'ORCPT=x', 'ORCPT=rfc822;a+0A', 'NOTIFY=NEVER NOTIFY=DELAY'])(
    'refuses RCPT with %s',
    parameters => {
      const { codes, batch } = take([Buffer.from(`MAIL FROM:<a@x>\nRCPT TO:<b@y> ${parameters}\nDATA\n`)])
      expect(codes).toEqual([250, 501, 503])
      expect(batch.faults).toBe(2)
    },
  )

  it('gives no letter that is cut, and says so', () => {
    const { batch } = take([Buffer.from(one.slice(0, -3))])
    expect(batch.isCut).toBe(true)
  })

  it('has commands in their order, and bounds', () => {
    expect(take([Buffer.from('DATA\nRCPT TO:<b@y>\nMAIL FROM: a\nNOOP\nX\n')]).codes).toEqual([503, 503, 501, 250, 500])
    const { batch, codes } = take([Buffer.from(`${'x'.repeat(intakeLimits.commandBytesMax + 1)}\n`.repeat(50))])
    expect(codes).toEqual(Array(intakeLimits.faultsMax).fill(500))
    expect(batch.isOver).toBe(true)
  })
})

describe('a letter that is handed over', () => {
  const domain = 'camp.example'
  const context = (desk = fakeDesk()) => ({ desk, domain, traceId: 't1', now: () => 0 })
  const trace = `Received: by ${domain} with local\r\n\tid t1; Thu, 01 Jan 1970 00:00:00 +0000\r\n`
  const rest = { fromHeader: false, wishes: {}, inBatch: false }
  const letter = { sender: 'a@x.example', fullName: null, recipients: ['bob@y.example'], ...rest }

  it('keeps header and body, and gets what is missing', async () => {
    const desk = fakeDesk()
    const text = 'Subject: hello\r\nX-Long: one\r\n two\r\n\r\nbody\r\n.\r\n'
    await handOver(context(desk), { ...letter, body: bodyOf(text), fullName: 'Ann "A"\r\nBcc: x' })
    expect(desk.letters).toHaveLength(1)
    expect(await textOf(desk.letters[0]?.body)).toBe(
      `${trace}From: "Ann \\"A\\" Bcc: x" <a@x.example>\r\nDate: Thu, 01 Jan 1970 00:00:00 +0000\r\n${text}`,
    )
  })

  it('that has From and Date keeps them', async () => {
    const desk = fakeDesk()
    const text = 'FROM: me <a@b.example>\r\nDate: today\r\n\r\n'
    await handOver(context(desk), { ...letter, body: bodyOf(text) })
    expect(await textOf(desk.letters[0]?.body)).toBe(trace + text)
  })

  it('has a From that any name fits into', async () => {
    const desk = fakeDesk()
    const fullName = 'Zoë '.repeat(30).trim()
    await handOver(context(desk), { ...letter, body: bodyOf(''), fullName })
    const sent = await textOf(desk.letters[0]?.body)
    const words = [...sent.matchAll(/=\?utf-8\?B\?([^?]*)\?=/g)]
    expect(words.map(word => Buffer.from(word[1] ?? '', 'base64').toString()).join('')).toBe(fullName.slice(0, 100))
    expect(words.every(([word]) => word.length <= 75)).toBe(true)
  })

  it.each([
    ['no header', 'hello world\r\nTo: x@y\r\n', 'hello world\r\nTo: x@y\r\n'],
    ['an empty header', '\r\nhello\r\n', 'hello\r\n'],
    ['nothing', '', ''],
  ])('may have %s', async (_, text, body) => {
    const desk = fakeDesk()
    await handOver(context(desk), { ...letter, body: bodyOf(text) })
    const sent = await textOf(desk.letters[0]?.body)
    expect(sent).toBe(`${trace}From: <a@x.example>\r\nDate: Thu, 01 Jan 1970 00:00:00 +0000\r\n\r\n${body}`)
  })

  it('tells who gets it with -t, and Bcc to nobody', async () => {
    const desk = fakeDesk()
    const text =
      'To: "Bob, the B" <bob@y.example>, carol (at home)\r\nCc: team: dan@y.example, erin@y.example;\r\n' +
      'Bcc: secret@y.example\r\nbcc: two@y.example,\r\n <three@y.example>\r\n\r\nTo: no@y.example\r\n'
    await handOver(context(desk), { ...letter, recipients: ['zoe@y.example'], fromHeader: true, body: bodyOf(text) })
    expect(desk.letters[0]?.recipients).toEqual([
      ...['zoe@y.example', 'bob@y.example', `carol@${domain}`, 'dan@y.example', 'erin@y.example'],
      ...['secret@y.example', 'two@y.example', 'three@y.example'],
    ])
    const sent = await textOf(desk.letters[0]?.body)
    expect(sent).not.toMatch(/secret|two@|three@/)
    expect(sent).toContain('Cc: team:')
  })

  it('names its sender in From_ lines when UUCP brings it', async () => {
    const desk = fakeDesk()
    const text =
      'From uucp Sat Jan  3 01:05:34 2026 remote from hub\r\n' +
      '>From ann Sat Jan  3 01:05:34 2026 remote from ridge\r\nSubject: x\r\n\r\n'
    await handOver(context(desk), { ...letter, sender: null, body: bodyOf(text) })
    expect(desk.letters[0]?.sender).toBe('ann@ridge')
    expect(await textOf(desk.letters[0]?.body)).toMatch(/\r\nFrom: <ann@ridge>\r\nDate: .*\r\nSubject: x\r\n\r\n$/)
  })

  it('names its sender in Return-Path when NNCP brings it', async () => {
    const desk = fakeDesk()
    for (const path of ['<ann@far.example>', '<>']) {
      await handOver(context(desk), {
        ...letter,
        sender: null,
        body: bodyOf(`Return-Path: ${path}\r\nDate: x\r\n\r\n`),
      })
    }
    expect(desk.letters.map(({ sender }) => sender)).toEqual(['ann@far.example', ''])
    expect(await textOf(desk.letters[0]?.body)).not.toContain('Return-Path')
  })

  it('goes to those who can be reached, and names the others', async () => {
    const desk = fakeDesk({ unknown: ['no@y.example'] })
    const both = { ...letter, recipients: ['no@y.example', 'bob@y.example'] }
    expect(await handOver(context(desk), { ...both, body: bodyOf('\r\n') })).toMatchObject({
      messageId: 'made@camp.example',
      accepted: ['bob@y.example'],
      refused: [{ address: 'no@y.example', status: '5.1.1', exitCode: 67 }],
    })
    expect(desk.reports).toMatchObject([{ letter: { sender: 'a@x.example' }, refused: ['no@y.example'] }])
    const nobody = await handOver(context(desk), { ...letter, recipients: ['no@y.example'], body: bodyOf('\r\n') })
    expect(nobody).toMatchObject({ messageId: null, report: null })
    expect(desk.letters).toHaveLength(1)
    expect(desk.reports).toHaveLength(1)
  })

  it('in a batch has its sender told also when nobody can be reached, if there is one', async () => {
    const desk = fakeDesk({ unknown: ['no@y.example'] })
    const handed = { ...letter, recipients: ['no@y.example'], body: bodyOf('\r\n'), inBatch: true }
    expect(await handOver(context(desk), handed)).toMatchObject({ messageId: null, report: 'told' })
    expect(await handOver(context(desk), { ...handed, sender: '' })).toMatchObject({ report: 'no-sender' })
    expect(await handOver(context(desk), { ...handed, sender: 'a@nowhere.example' })).toMatchObject({
      report: 'nobody',
    })
    expect(desk.letters).toEqual([])
    expect(desk.reports).toHaveLength(2)
  })

  it('handed over again is known to the queue, if it has a Message-ID', async () => {
    const desk = fakeDesk()
    for (const [traceId, text] of [
      ['t1', 'Message-ID: <1@x>\r\n\r\none\r\n'],
      ['t2', 'Message-ID: <1@x>\r\n\r\none\r\n'],
      ['t3', 'Message-ID: <1@x>\r\n\r\ntwo\r\n'],
      ['t4', 'Subject: x\r\n\r\none\r\n'],
    ] as const)
      await handOver({ ...context(desk), traceId }, { ...letter, body: bodyOf(text) })
    const [first, again, other, without] = desk.letters.map(({ queuedAs }) => queuedAs)
    expect(first).toBe(again)
    expect(other).not.toBe(first)
    expect(without).toBeUndefined()
  })

  it('takes along what its sender wants to hear, by whole addresses', async () => {
    const desk = fakeDesk()
    const wishes: Wished = {
      ...{ returns: 'full', envelopeId: 'id 7', notify: ['success'] },
      recipients: { bob: { notify: [] } },
    }
    const recipients = ['bob', 'ridge!carol', 'toString']
    await handOver(context(desk), { ...letter, wishes, recipients, body: bodyOf('\r\n') })
    expect(desk.letters[0]?.wishes).toEqual({
      ...{ returns: 'full', envelopeId: 'id 7' },
      recipients: {
        [`bob@${domain}`]: { notify: [] },
        'carol@ridge': { notify: ['success'] },
        [`toString@${domain}`]: { notify: ['success'] },
      },
    })
    await handOver(context(desk), { ...letter, body: bodyOf('\r\n') })
    expect(desk.letters[1]).not.toHaveProperty('wishes')
  })

  it('with a header without end is refused', async () => {
    const body = bodyOf(`X: ${'y'.repeat(intakeLimits.headerBytesMax)}`)
    await expect(handOver(context(), { ...letter, body })).rejects.toMatchObject({ code: 'header-too-large' })
  })

  it('may be 100,000 lines without a header', async () => {
    const desk = fakeDesk()
    const text = 'just text\r\n'.repeat(100_000)
    await handOver(context(desk), { ...letter, body: bodyOf(text) })
    expect((await textOf(desk.letters[0]?.body)).endsWith(`\r\n\r\n${text}`)).toBe(true)
  })
})

describe('a name', () => {
  it.each([
    ['alice', 'alice@camp'],
    ['<alice@x.example>', 'alice@x.example'],
    ['ridge!alice', 'alice@ridge'],
    ['hub!ridge!alice', 'alice@ridge'],
    ['hub!alice@x.example', 'hub!alice@x.example'],
  ])('%s is %s', (name, address) => {
    expect(fullAddress(name, 'camp')).toBe(address)
  })
})
