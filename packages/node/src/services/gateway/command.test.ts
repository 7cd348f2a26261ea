import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { scratchDirectory } from '../../stores/files/scratch-directory.ts'
import type { Handover } from '../../stores/queue/index.ts'
import { type CommandWay, expand, handToProgram, unknownPlaceholder } from './command.ts'

const usual = {
  timeoutMs: 60_000,
  lineEnds: 'lf',
  fromLine: false,
  returnPath: false,
  nullSender: 'MAILER-DAEMON',
} as const

function handover(recipients: readonly string[], returnPath = 'alice@camp.example'): Handover {
  return {
    ...{ id: 1, gateway: 'out', messageId: 'm@camp', sizeBytes: 1, queuedAt: 0, ageDays: 0, attempts: 0 },
    ...{ dueAt: null, reason: null, warned: false, begun: false },
    envelope: { returnPath, recipients },
  }
}

async function hand(words: readonly string[], way: Partial<CommandWay> = {}, letter = handover(['bob@ridge.example'])) {
  const directory = await scratchDirectory()
  const text = 'Subject: hi\r\n\r\n.dot\r\nFrom here\r\n'
  const body = {
    sizeBytes: text.length,
    async *read() {
      yield Buffer.from(text)
    },
  }
  const options = { directory, random: randomBytes, clock: systemClock, signal: new AbortController().signal }
  return handToProgram({ ...usual, words, ...way }, { handover: letter, body }, options)
}

const sh = (script: string, ...args: string[]) => ['/bin/sh', '-c', script, 'sh', ...args]

describe('placeholders', () => {
  const to = (sender: string, ...recipients: string[]) => ({ sender, recipients })

  test('a word that names the recipient stands there for each; the others once', () => {
    const words = ['/usr/bin/uux', '-', '-r', '-a{sender}', 'ridge!rmail', '({recipient})']
    expect(expand({ words, nullSender: 'x' }, to('a@camp.example', 'b@r.example', 'c@r.example'))).toEqual([
      ...['/usr/bin/uux', '-', '-r', '-aa@camp.example', 'ridge!rmail', '(b@r.example)', '(c@r.example)'],
    ])
    const parts = ['p', '{domain}!{local}', '{sender}>{recipient}']
    expect(expand({ words: parts, nullSender: '<>' }, to('', 'b@r.example'))).toEqual([
      ...['p', 'r.example!b', '<>>b@r.example'],
    ])
  })

  test('what was put in is not looked at again, and is one word whatever it is', () => {
    const sender = '{recipient}$&$1 -oX;`id`@camp.example'
    expect(expand({ words: ['p', '{sender}', '{sender}{local}'], nullSender: '' }, to(sender, '{sender}@r'))).toEqual([
      ...['p', sender, `${sender}{sender}`],
    ])
  })

  test('a placeholder that nobody knows is found', () => {
    expect(unknownPlaceholder(['p', '{sender}', '{recipients}'])).toBe('{recipients}')
    expect(unknownPlaceholder(['p', '{sender}{local}{domain}{recipient}', '{ x }'])).toBeUndefined()
  })
})

describe('a letter for a program', () => {
  test('comes on its standard input, with LF, and with what was asked for before it', async () => {
    const file = join(await scratchDirectory(), 'out')
    const keep = ['/bin/sh', '-c', 'cat > "$0"; printf "%s|" "$@" >> "$0"', file, '{sender}', '{recipient}']
    const outcome = await hand(keep, { fromLine: true, returnPath: true })
    expect(outcome.verdicts.get('bob@ridge.example')).toMatchObject({ kind: 'done' })
    const [first = '', ...rest] = (await readFile(file, 'latin1')).split('\n')
    expect(first).toMatch(/^From alice@camp\.example \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}$/)
    expect(rest).toEqual([
      ...['Return-Path: <alice@camp.example>', 'Subject: hi', '', '.dot', 'From here'],
      'alice@camp.example|bob@ridge.example|',
    ])
    await hand(keep, { lineEnds: 'crlf' }, handover(['bob@ridge.example'], ''))
    expect(await readFile(file, 'latin1')).toBe(
      'Subject: hi\r\n\r\n.dot\r\nFrom here\r\nMAILER-DAEMON|bob@ridge.example|',
    )
  })

  test.each([
    [0, 'done', '2.0.0'],
    [1, 'later', '4.3.0'],
    [64, 'later', '4.3.0'],
    [65, 'failed', '5.6.0'],
    [67, 'failed', '5.1.1'],
    [68, 'failed', '5.1.2'],
    [69, 'failed', '5.3.0'],
    [75, 'later', '4.3.0'],
    [77, 'failed', '5.7.0'],
    [78, 'later', '4.3.0'],
  ])('exit status %i: %s', async (status, kind, code) => {
    const { verdicts } = await hand(sh(`echo ignored; echo "no such user" >&2; exit ${status}`))
    expect(verdicts.get('bob@ridge.example')).toMatchObject({ kind, status: code })
    if (kind !== 'done') {
      expect(verdicts.get('bob@ridge.example')?.reason).toBe(`the program ended with ${status}: no such user`)
    }
  })

  test('killed, or out of time: later', async () => {
    expect((await hand(sh('kill -KILL $$'))).verdicts.get('bob@ridge.example')).toMatchObject({ kind: 'later' })
    const late = await hand(sh('exec sleep 100'), { timeoutMs: 1 })
    expect(late.verdicts.get('bob@ridge.example')).toMatchObject({ kind: 'later' })
  })

  test('no such program: the gateway is unreachable, and its letters wait', async () => {
    const outcome = await hand(['/nonexistent/uux', '{recipient}'])
    expect(outcome).toMatchObject({ unreachable: '/nonexistent/uux could not be started: ENOENT' })
    expect(outcome.verdicts.size).toBe(0)
  })

  test('what it says is kept to a bound, in one line without control characters', async () => {
    const { verdicts } = await hand(sh('yes "a\tb\x1b[31m" | head -c 100000 >&2; exit 67'))
    const reason = verdicts.get('bob@ridge.example')?.reason ?? ''
    expect(reason.length).toBeLessThanOrEqual(400)
    expect(reason).not.toMatch(/\p{Cc}/u)
  })
})
