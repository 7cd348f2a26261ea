/** kill -9 around QUIT: what a client did not mark is there afterwards, what was answered `+OK` is gone. */
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sendLetter } from '../support/mail.ts'
import { type Access, TestNode } from '../support/node.ts'

const kills = 12
const lettersEach = 8

let node: TestNode
let alice: Access

beforeAll(async () => {
  node = await TestNode.make('quit')
  await node.start()
  alice = await node.addUser('alice')
})

afterAll(() => node.remove())

/** A POP3 session, past its login. A line that never comes because the node died is `undefined`. */
async function session() {
  const { listeners } = await node.run<{ listeners: { pop3: { port: number } } }>(['status'])
  const socket = connect(listeners.pop3.port, '127.0.0.1').on('error', () => {})
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]()
  const line = async () => (await lines.next()).value as string | undefined
  const ask = (command: string) => {
    socket.write(`${command}\r\n`)
    return line()
  }
  await line()
  await ask(`USER ${alice.address}`)
  expect(await ask(`PASS ${alice.password}`)).toMatch(/^\+OK/)
  return { ask, line }
}

/** UIDs by number. */
async function uidls({ ask, line }: Awaited<ReturnType<typeof session>>): Promise<string[]> {
  const found: string[] = []
  await ask('UIDL')
  for (let next = await line(); next !== '.' && next !== undefined; next = await line()) {
    found.push(next.split(' ')[1] ?? '')
  }
  return found
}

it(`loses nothing in ${kills} kills, and brings nothing back`, async () => {
  const gone = new Set<string>()
  let kept: string[] = []
  for (let count = 0; count < kills; count += 1) {
    for (let number = 0; number < lettersEach; number += 1) {
      await sendLetter(alice, { to: alice.address, text: `letter ${count}-${number}` })
    }
    const client = await session()
    const all = await uidls(client)
    expect(all.slice(0, kept.length)).toEqual(kept)
    expect(all.filter(uid => gone.has(uid))).toEqual([])
    const marked = all.filter((_uid, index) => index % 2 === 0)
    for (const uid of marked) await client.ask(`DELE ${all.indexOf(uid) + 1}`)
    const answer = client.ask('QUIT')
    // From before the first file is touched to after the last one is gone.
    await new Promise(resolve => setTimeout(resolve, (count * 30) / kills))
    await node.end('SIGKILL')
    const wasDone = (await answer)?.startsWith('+OK') === true
    await node.start()
    const after = await session()
    kept = await uidls(after)
    await after.ask('QUIT')
    for (const uid of all.filter(each => !marked.includes(each))) expect(kept).toContain(uid)
    if (wasDone) for (const uid of marked) expect(kept).not.toContain(uid)
    for (const uid of all) if (!kept.includes(uid)) gone.add(uid)
  }
  expect(gone.size).toBeGreaterThan(0)
})
