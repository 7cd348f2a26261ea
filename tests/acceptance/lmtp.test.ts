/** LMTP into the built node: from swaks by a Unix socket, from a real Postfix by TCP. */
import { appendFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inboxLetters, lettersOnDisk, sendLetter } from '../support/mail.ts'
import { type Access, TestNode } from '../support/node.ts'
import { freePorts } from '../support/ports.ts'
import { Postfix, postfixInstalled } from '../support/postfix.ts'
import { installed, succeeding } from '../support/programs.ts'

/** A node that takes letters there. */
async function lmtpNode(listen: string): Promise<TestNode> {
  const node = await TestNode.make('lmtp')
  await appendFile(join(node.home, 'posthorn.toml'), `\n[lmtp]\nlisten = "${listen}"\n`)
  await node.start()
  return node
}

describe.skipIf(!installed('fetchmail', 'fetchmail'))('fetchmail', () => {
  it('moves letters from one node’s POP3 into another’s LMTP', async () => {
    const [port = 0] = await freePorts(1)
    const [there, here] = [await TestNode.make('there'), await lmtpNode(`127.0.0.1:${port}`)]
    try {
      await there.start()
      const [alice, bob] = [await there.addUser('alice'), await here.addUser('bob')]
      await sendLetter(alice, { to: alice.address, subject: 'moved', text: '.dots\n.\n' })
      const rc = join(there.home, 'fetchmailrc')
      const from = `poll 127.0.0.1 protocol pop3 port ${alice.pop3.port} user "${alice.address}"`
      const to = `lmtp smtphost 127.0.0.1/${port} smtpname "${bob.address}"`
      const text = `${from} password "${alice.password}" sslproto '' fetchall no keep no rewrite ${to}\n`
      await writeFile(rc, text, { mode: 0o600 })
      const env = { HOME: there.home, FETCHMAILHOME: there.home }
      await succeeding(['fetchmail', '-f', rc], { env })
      expect(await inboxLetters(alice)).toEqual([])
      const [letter, ...more] = await inboxLetters(bob)
      expect(more).toEqual([])
      expect(letter?.text).toMatch(/^Subject: moved\r\n[\s\S]*\r\n\r\n\.dots\r\n\.\r\n/m)
    } finally {
      await there.remove()
      await here.remove()
    }
  })
})

describe.skipIf(!installed('swaks', 'swaks'))('swaks over a Unix socket', () => {
  let node: TestNode
  let alice: Access

  beforeAll(async () => {
    node = await lmtpNode('lmtp.sock')
    alice = await node.addUser('alice')
  })

  afterAll(() => node.remove())

  it('delivers, with an answer for each recipient; the node comes back after it was killed', async () => {
    const path = join(node.home, 'lmtp.sock')
    const { listeners } = await node.run<{ listeners: Record<string, unknown> }>(['status'])
    expect(listeners['lmtp']).toEqual({ path, security: 'plain' })
    expect((await stat(path)).mode & 0o777).toBe(0o660)
    const nobody = alice.address.replace('alice@', 'nobody@')
    for (const text of ['one', 'two']) {
      const args = ['--protocol', 'LMTP', '--socket', path, '--from', 'who@example.org', '--body', `.${text}`]
      const stdout = await succeeding(['swaks', ...args, '--to', `${alice.address},${nobody}`])
      expect(stdout).toContain(`250 2.1.5 ${alice.address} has it.`)
      expect(stdout).toContain('550 5.1.1 Nobody here is called nobody')
      await node.end('SIGKILL')
      await node.start()
    }
    const letters = await lettersOnDisk(node.home, 'alice')
    expect(new Set(letters.map(text => /^\.(one|two)\r$/m.exec(text)?.[1]))).toEqual(new Set(['one', 'two']))
    expect(letters).toHaveLength(2)
    for (const text of letters) expect(text).toMatch(/^Return-Path: <who@example\.org>\r\n/)
  })
})

describe.skipIf(!postfixInstalled)('Postfix', () => {
  let node: TestNode
  let postfix: Postfix
  let domain: string

  beforeAll(async () => {
    const [port = 0] = await freePorts(1)
    node = await lmtpNode(`127.0.0.1:${port}`)
    const alice = await node.addUser('alice')
    await node.addUser('bob')
    domain = alice.address.split('@')[1] ?? ''
    postfix = await Postfix.start({
      main: [`virtual_mailbox_domains = ${domain}`, `virtual_transport = lmtp:inet:127.0.0.1:${port}`],
    })
  })

  afterAll(async () => {
    await postfix?.end()
    await node?.remove()
  })

  async function send(subject: string, to: readonly string[]): Promise<void> {
    const transport = createTransport({ host: '127.0.0.1', port: postfix.port, ignoreTLS: true })
    await transport.sendMail({
      from: 'who@example.org',
      to: to.map(name => `${name}@${domain}`),
      subject,
      text: `.${subject}: grüße\n.\n`,
    })
    transport.close()
  }

  /** Resolves when Postfix has logged what came of so many recipients. */
  async function settled(pattern: RegExp, count: number): Promise<void> {
    while (((await postfix.log().catch(() => '')).match(pattern) ?? []).length < count) {
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  const subjectsOf = async (user: string) =>
    (await lettersOnDisk(node.home, user)).map(text => /^Subject: (.*)\r$/m.exec(text)?.[1] ?? '').sort()

  it('delivers to several people, is told who does not exist, and tries again when the node was away', async () => {
    await send('first', ['alice', 'bob', 'nobody'])
    await settled(/relay=127\.0\.0\.1.*status=/g, 3)
    expect((await postfix.log()).match(/relay=127\.0\.0\.1.*status=sent \(250 2\.1\.5/g)).toHaveLength(2)
    expect(await postfix.log()).toMatch(/status=bounced .*550 5\.1\.1 Nobody here is called nobody/)
    await node.end()
    await send('second', ['bob'])
    await settled(/status=deferred/g, 1)
    await node.start()
    postfix.flush()
    await settled(/status=sent/g, 3)
    expect(await subjectsOf('alice')).toEqual(['first'])
    expect(await subjectsOf('bob')).toEqual(['first', 'second'])
    const [letter] = await lettersOnDisk(node.home, 'alice')
    expect(letter).toMatch(/^Return-Path: <who@example\.org>\r\nReceived: /)
  })
})
