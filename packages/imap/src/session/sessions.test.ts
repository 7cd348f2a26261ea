/** Several sessions on one mailbox, IDLE, and sequence numbers that stay right. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MemoryAccount } from '../memory/account.ts'
import { letter, loggedIn, type TestClient, testAccount } from '../testing/conversation.ts'

async function selected(account: MemoryAccount): Promise<TestClient> {
  const client = await loggedIn({ account })
  await client.command('S SELECT INBOX')
  return client
}

function filled(count: number): MemoryAccount {
  const account = testAccount()
  for (let number = 1; number <= count; number += 1) account.deliver(letter(`m${number}`))
  return account
}

test('IDLE tells of additions, flags and removals by others at once', async () => {
  const account = filled(2)
  const [one, other] = [await selected(account), await selected(account)]
  await one.send('I IDLE\r\n')
  expect(await one.line()).toBe('+ idling')
  account.deliver(letter('news'))
  expect(await one.line()).toBe('* 3 EXISTS')
  await other.command('1 STORE 1 +FLAGS (\\Deleted x)')
  expect(await one.line()).toBe('* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft x)')
  expect(await one.line()).toBe('* 1 FETCH (UID 1 FLAGS (\\Deleted x))')
  await other.command('2 EXPUNGE')
  expect(await one.line()).toBe('* 1 EXPUNGE')
  await one.send('done\r\n')
  expect(await one.line()).toBe('I OK Idle completed')
  expect(await one.rest()).toBe('')
})

test('IDLE tells at its start what came since the last command; a wrong word ends it with BAD', async () => {
  const account = filled(1)
  const client = await selected(account)
  account.deliver(letter('between'))
  await client.send('I IDLE\r\n')
  expect(await client.line()).toBe('+ idling')
  expect(await client.line()).toBe('* 2 EXISTS')
  await client.send('NOOP\r\n')
  expect(await client.line()).toBe('I BAD DONE expected')
  expect(await client.command('1 NOOP')).toEqual(['1 OK Noop completed'])
})

test('a message that comes and goes between two commands leaves the count right', async () => {
  const account = filled(1)
  const [one, other] = [await selected(account), await selected(account)]
  account.deliver(letter('brief'))
  await other.command('0 NOOP')
  await other.command('1 STORE 2 +FLAGS (\\Deleted)')
  await other.command('2 EXPUNGE')
  account.deliver(letter('stays'))
  expect(await one.command('1 NOOP')).toEqual(['* 2 EXISTS', '1 OK Noop completed'])
  expect(await one.command('2 FETCH 2 UID')).toEqual(['* 2 FETCH (UID 3)', '2 OK Fetch completed'])
})

test('no expunge is told during FETCH, STORE and SEARCH; the gone message is left out', async () => {
  const account = filled(3)
  const [one, other] = [await selected(account), await selected(account)]
  await other.command('1 STORE 1 +FLAGS.SILENT (\\Deleted)')
  await other.command('2 EXPUNGE')
  const gone = 'NO [EXPUNGEISSUED] Some of the messages are no longer there'
  expect((await one.command('1 FETCH 1:2 (UID BODY.PEEK[]<0.1>)')).filter(line => /^[*1]/.test(line))).toEqual([
    '* 2 FETCH (UID 2 BODY[]<0> {1}',
    `1 ${gone}`,
  ])
  expect(await one.command('2 STORE 1 +FLAGS (\\Seen)')).toEqual([`2 ${gone}`])
  expect(await one.command('3 SEARCH ALL')).toEqual(['* SEARCH 2 3', '3 OK Search completed'])
  account.deliver(letter('new'))
  expect(await one.command('4 FETCH 3 UID')).toEqual(['* 3 FETCH (UID 3)', '* 4 EXISTS', '4 OK Fetch completed'])
  expect(await one.command('5 UID FETCH 1 FLAGS')).toEqual(['* 1 EXPUNGE', '5 OK Fetch completed'])
  expect(await one.command('6 FETCH 1,3 UID')).toEqual([
    '* 1 FETCH (UID 2)',
    '* 3 FETCH (UID 4)',
    '6 OK Fetch completed',
  ])
})

test('a message expunged while it is asked for is left out, not answered with other data', async () => {
  const account = filled(2)
  const client = await selected(account)
  const other = await selected(account)
  await other.command('1 STORE 1 +FLAGS.SILENT (\\Deleted)')
  // Both are on their way at once: the FETCH runs with a view that still has the message.
  await Promise.all([other.send('2 EXPUNGE\r\n'), client.send('1 UID FETCH 1:2 (UID BODY.PEEK[TEXT])\r\n')])
  const lines = (await client.rest()).split('\r\n')
  expect(lines.at(-2)).toBe('1 OK Fetch completed')
  expect(lines.filter(line => line.includes('FETCH (')).at(-1)).toBe('* 2 FETCH (UID 2 BODY[TEXT] {7}')
})

test('silent stores do not hide what another session changed', async () => {
  const account = filled(1)
  const [one, other] = [await selected(account), await selected(account)]
  await other.command('1 STORE 1 +FLAGS (\\Flagged)')
  expect(await one.command('1 STORE 1 +FLAGS.SILENT (\\Seen)')).toEqual([
    '* 1 FETCH (UID 1 FLAGS (\\Flagged \\Seen))',
    '1 OK Store completed',
  ])
})

/** A client's own count, kept only from what it was told. */
class Mirror {
  uids: (number | undefined)[] = []

  hear(lines: readonly string[]): void {
    for (const line of lines) {
      const [, number = '0', word, rest = ''] = /^\* (\d+) (EXISTS|EXPUNGE|FETCH)(.*)/.exec(line) ?? []
      const value = Number(number)
      if (word === 'EXPUNGE') this.uids.splice(value - 1, 1)
      if (word === 'EXISTS') while (this.uids.length < value) this.uids.push(undefined)
      const uid = /\(UID (\d+)/.exec(rest)?.[1]
      if (word !== 'FETCH' || uid === undefined) continue
      expect(this.uids[value - 1] ?? Number(uid)).toBe(Number(uid))
      this.uids[value - 1] = Number(uid)
    }
  }
}

test('whatever two sessions and deliveries do, both clients number the messages as the server does', async () => {
  const step = fc.record({
    who: fc.nat(1),
    act: fc.constantFrom('deliver', 'noop', 'fetch', 'delete', 'expunge', 'uid-expunge', 'move', 'flag'),
    at: fc.integer({ min: 1, max: 6 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async steps => {
      const account = filled(3)
      const clients = [await selected(account), await selected(account)]
      const mirrors = clients.map(() => new Mirror())
      for (const mirror of mirrors) mirror.uids = [undefined, undefined, undefined]
      const commands: Record<string, (at: number) => string> = {
        noop: () => '1 NOOP',
        fetch: at => `1 FETCH ${at}:* (UID FLAGS)`,
        delete: at => `1 STORE ${at} +FLAGS (\\Deleted)`,
        expunge: () => '1 EXPUNGE',
        'uid-expunge': at => `1 UID EXPUNGE ${at}:${at + 2}`,
        move: at => `1 UID MOVE ${at} Trash`,
        flag: at => `1 UID STORE ${at} FLAGS.SILENT (a${at})`,
      }
      for (const { who, act, at } of steps) {
        if (act === 'deliver') account.deliver(letter('x'))
        else mirrors[who]?.hear((await clients[who]?.command(commands[act]?.(at) ?? '')) ?? [])
      }
      for (const [who, mirror] of mirrors.entries()) {
        mirror.hear((await clients[who]?.command('9 NOOP')) ?? [])
        const folder = await account.open('INBOX')
        const { added } = 'refused' in folder ? { added: [] } : await folder.changes(0)
        mirror.hear((await clients[who]?.command('9 FETCH 1:* (UID)')) ?? [])
        expect(mirror.uids).toEqual(added.map(row => row.uid))
      }
    }),
    { numRuns: 60, seed: 7 },
  )
})
