/** Handles of exec packets, called from stock NNCP and at stock NNCP. */
import { randomBytes } from 'node:crypto'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatPublicIdentity, parsePublicIdentity } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { inboxLetters } from '../support/mail.ts'
import { type Access, posthorn, TestNode } from '../support/node.ts'
import { makeStick, sync } from '../support/stick.ts'
import { introduce, makeNncpNode, type NncpNode, nncp, nncpInstalled, recordedCalls, recordingHandle } from './nncp.ts'

const words = ['', ' a  b ', '-rf', '--', '$(id)', 'Grüße\n✓']

describe.skipIf(!nncpInstalled)('exec with a stock NNCP node over a stick', () => {
  let folder: string
  let camp: TestNode
  let campId: string
  let alice: Access
  let bob: NncpNode
  let stick: Awaited<ReturnType<typeof makeStick>>
  const ours = () => join(folder, 'ours')
  const theirs = () => join(folder, 'theirs')

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-exec-'))
    stick = await makeStick()
    camp = await TestNode.make('camp')
    alice = await camp.addUser('alice')
    bob = await makeNncpNode(folder, 'bob')
    const card = await camp.run<{ id: string; nncp: Record<string, string> }>(['card', 'show'])
    campId = card.id
    const theirHandle = recordingHandle(theirs())
    await introduce(bob, {
      camp: { identity: parsePublicIdentity(pureSuite, card.nncp), exec: { record: theirHandle } },
    })
    const keys = join(folder, 'bob.json')
    await writeFile(keys, JSON.stringify(formatPublicIdentity(bob.identity)))
    await camp.run(['neighbour', 'add', keys, '--name', 'bob'])
    const lines = [
      '[exec.record]',
      `command = ${JSON.stringify(recordingHandle(ours()))}`,
      'from = ["bob"]',
      '[exec.report]',
      'command = ["/bin/sh", "-c", "cat; echo \\"and $1\\"", "report"]',
      'from = ["*"]',
      'mail_result_to = ["alice"]',
    ]
    await appendFile(join(camp.home, 'posthorn.toml'), `\n${lines.join('\n')}\n`)
    await camp.start()
  })

  afterAll(async () => {
    await camp?.remove()
    await stick?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  const queued = async () =>
    (await camp.run<{ neighbours: { queued: { packets: number } }[] }>(['status'])).neighbours[0]?.queued.packets

  for (const [at, options] of [[], ['-nocompress']].entries()) {
    it(`nncp-exec ${options.join(' ')} runs our program, with arguments and input as they were`, async () => {
      const input = Buffer.concat([randomBytes(300_000), Buffer.alloc(300_000, 'x')])
      const nice = ['-nice', 'F', '-replynice', '77']
      await nncp(bob, 'exec', ['-quiet', ...nice, ...options, 'camp', 'record', ...words], { input })
      await nncp(bob, 'xfer', ['-quiet', '-mkdir', stick.path])
      await sync(camp, stick.path)
      await vi.waitFor(async () => expect(await recordedCalls(ours())).toHaveLength(at + 1), { timeout: 60_000 })
      const call = (await recordedCalls(ours())).find(({ input: found }) => found.equals(input))
      expect(call).toMatchObject({ args: words, sender: bob.id, niceness: '77' })
    })

    it(`our exec ${options.length > 0 ? '--no-compress' : ''} runs theirs`, async () => {
      const input = `to them, ${at}\n`.repeat(50_000)
      const more = options.length > 0 ? ['--no-compress'] : []
      const args = [...more, '--nice', 'FLASH', '--reply-nice', '99', 'bob', 'record', '--home', camp.home]
      const sent = await posthorn(['exec', ...args, '--', ...words], input)
      expect([sent.code, sent.stderr]).toEqual([0, expect.stringContaining('waits for bob')])
      expect(sent.stdout).toMatch(/^[A-Z2-7]{52}\n$/)
      await sync(camp, stick.path)
      expect(await queued()).toBe(0)
      await nncp(bob, 'xfer', ['-quiet', stick.path])
      await nncp(bob, 'toss', ['-quiet'])
      const calls = await recordedCalls(theirs())
      expect(calls).toHaveLength(at + 1)
      const call = calls.find(({ input: found }) => found.toString() === input)
      expect(call).toMatchObject({ args: words, sender: campId, niceness: '99' })
    })
  }

  it('an empty input arrives as one, both ways', async () => {
    await camp.run(['exec', 'bob', 'record', 'nothing'])
    await sync(camp, stick.path)
    await nncp(bob, 'xfer', ['-quiet', stick.path])
    await nncp(bob, 'toss', ['-quiet'])
    expect((await recordedCalls(theirs())).find(({ args }) => args[0] === 'nothing')?.input).toHaveLength(0)
    await nncp(bob, 'exec', ['-quiet', 'camp', 'record', 'nothing'])
    await nncp(bob, 'xfer', ['-quiet', '-mkdir', stick.path])
    await sync(camp, stick.path)
    const ourCall = async () => (await recordedCalls(ours())).find(({ args }) => args[0] === 'nothing')
    await vi.waitFor(async () => expect((await ourCall())?.input).toHaveLength(0), { timeout: 60_000 })
  })

  it('what came of it is mailed', async () => {
    await nncp(bob, 'exec', ['-quiet', 'camp', 'report', 'Wärme'], { input: '21 °C\n' })
    await nncp(bob, 'xfer', ['-quiet', '-mkdir', stick.path])
    await sync(camp, stick.path)
    await vi.waitFor(async () => expect(await inboxLetters(alice)).toHaveLength(1), { timeout: 60_000 })
    const [letter] = await inboxLetters(alice)
    const [head = '', body = ''] = (letter?.text ?? '').split('\r\n\r\n')
    const subject = Buffer.from('Exec from bob to camp: report Wärme').toString('base64')
    expect(head).toContain(`Subject: =?utf-8?B?${subject}?=`)
    expect(Buffer.from(body, 'base64').toString()).toBe('21 °C\nand Wärme\n')
  })

  it('a call of what we do not run is kept aside with words for the operator', async () => {
    await nncp(bob, 'exec', ['-quiet', 'camp', 'other'], { input: 'x' })
    await nncp(bob, 'xfer', ['-quiet', '-mkdir', stick.path])
    await sync(camp, stick.path)
    expect(await camp.run(['quarantine', 'list'])).toMatchObject([
      { reason: 'this node runs no handle called "other"' },
    ])
  })
})
