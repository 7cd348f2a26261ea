import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inboxLetters, sendLetter } from '../support/mail.ts'
import { type Access, posthorn, TestNode } from '../support/node.ts'
import { Smarthost } from '../support/smarthost.ts'

interface Queued {
  readonly letters: number
  readonly list: readonly { number: number; recipients: string[]; reason: string | null; attempts: number }[]
}

describe('letters for another mail system', () => {
  let camp: TestNode
  let alice: Access
  let smarthost: Smarthost
  beforeEach(async () => {
    smarthost = await Smarthost.make()
    camp = await TestNode.make('camp')
    alice = await camp.addUser('alice')
    const lines = ['[[gateway]]', 'name = "out"', 'domains = ["*"]', `smarthost = "smtp://127.0.0.1:${smarthost.port}"`]
    await appendFile(join(camp.home, 'posthorn.toml'), `\n${lines.join('\n')}\n`)
    await camp.start()
  })
  afterEach(async () => {
    await camp.remove()
    await smarthost.close()
  })
  const queue = () => camp.run<Queued>(['queue', 'list'])
  const subjects = () => smarthost.letters.map(text => /Subject: ([\w-]+)/.exec(text)?.[1])
  const send = (to: string, subject: string) =>
    sendLetter(alice, { to, subject, text: subject, messageId: `<${subject}@test>` })

  it('are shown, tried again and removed by hand; who wrote one that was removed is told', async () => {
    for (const name of ['one', 'two', 'three']) await send(`${name}@far.example`, name)
    await expect.poll(async () => (await queue()).list[0]?.reason, { timeout: 10_000 }).toContain('ECONNREFUSED')
    const { letters, list } = await queue()
    expect(letters).toBe(3)
    const [first, second] = list.map(({ number }) => number)
    expect(await camp.run(['queue', 'show', String(first)])).toMatchObject({
      ...{ gateway: 'out', sender: alice.address, recipients: ['one@far.example'], messageId: 'one@test' },
    })
    const { gateways } = await camp.run<{ gateways: unknown[] }>(['status'])
    const unreachable = expect.stringContaining('ECONNREFUSED') as string
    expect(gateways).toMatchObject([{ name: 'out', configured: true, queued: { letters: 3 }, unreachable }])
    expect(await camp.run(['queue', 'remove', String(second)])).toEqual({ removed: [second] })
    await expect
      .poll(async () => (await inboxLetters(alice)).map(({ text }) => text).join(''))
      .toContain('two@far.example')
    await smarthost.open()
    expect(await camp.run(['queue', 'retry', '--all'])).toMatchObject({ running: true })
    await expect.poll(async () => (await queue()).letters, { timeout: 10_000 }).toBe(0)
    expect(new Set(subjects())).toEqual(new Set(['one', 'three']))
    expect(smarthost.letters).toHaveLength(2)

    const words = await posthorn(['queue', 'list', '--home', camp.home])
    expect(words).toMatchObject({ code: 0, stdout: 'No letter waits.\n' })
    expect((await posthorn(['queue', 'show', '77', '--home', camp.home])).stderr).toContain('No letter 77')
    expect((await posthorn(['queue', 'retry', '--home', camp.home])).code).toBe(2)
    expect((await posthorn(['queue', 'list', '--gateway', 'nope', '--home', camp.home])).stderr).toContain('No gateway')
  })

  it('a node killed with letters in the queue hands over each of them, once', async () => {
    for (let count = 0; count < 5; count += 1) await send('bob@far.example', `number-${count}`)
    await camp.end('SIGKILL')
    expect((await queue()).letters).toBe(5)
    await smarthost.open()
    await camp.run(['queue', 'retry', '--all'])
    await camp.start()
    await expect.poll(async () => (await queue()).letters, { timeout: 10_000 }).toBe(0)
    expect(new Set(subjects())).toEqual(new Set([0, 1, 2, 3, 4].map(count => `number-${count}`)))
    expect(smarthost.letters).toHaveLength(5)
  })
})
