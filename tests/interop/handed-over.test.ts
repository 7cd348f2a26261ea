/** Other mail systems hand letters over to `posthorn sendmail`, `rmail` and `rsmtp`, each with its own program. */
import { spawnSync } from 'node:child_process'
import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatPublicIdentity, parsePublicIdentity } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Exim, eximIsHere, eximUser } from '../support/exim.ts'
import { inboxLetters } from '../support/mail.ts'
import { type Access, program, TestNode } from '../support/node.ts'
import { Postfix, postfixInstalled } from '../support/postfix.ts'
import { succeeding } from '../support/programs.ts'
import { makeStick, sync } from '../support/stick.ts'
import { UucpSite, uucpIsHere } from '../support/uucp.ts'
import { introduce, makeNncpNode, type NncpNode, nncp, nncpInstalled } from './nncp.ts'

/** Mail systems run programs as somebody who is not root. */
const as = (user: string) => ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups']

function mayRun(user: string): boolean {
  const [command = '', ...args] = as(user)
  const can = spawnSync(command, [...args, process.execPath, program, 'sendmail', '--help']).status === 0
  if (!can)
    console.warn(`\n*** SKIPPED: the user ${user} cannot run this checkout; nothing is tested as ${user}. ***\n`)
  return can
}

/** A running node whose home and process are this user's. */
async function nodeOf(user: string): Promise<{ camp: TestNode; alice: Access; domain: string }> {
  const camp = await TestNode.make('camp')
  const { address } = await camp.addUser('alice')
  await succeeding(['chown', '-R', `${user}:${user}`, camp.home])
  await camp.start(as(user))
  const alice = await camp.run<Access>(['user', 'password', 'alice'])
  return { camp, alice, domain: address.split('@')[1] ?? '' }
}

const commandOf = (node: TestNode, ...args: string[]) => {
  const [name = '', ...more] = args
  return [process.execPath, program, name, '--home', node.home, ...more]
}

const received = /^Received: by camp-\S+ with local\r$/m
const within = { timeout: 60_000, interval: 200 }

describe.skipIf(!postfixInstalled || !mayRun('mail'))('Postfix, by a pipe', () => {
  let camp: TestNode
  let alice: Access
  let domain: string
  let postfix: Postfix | undefined

  beforeAll(async () => {
    ;({ camp, alice, domain } = await nodeOf('mail'))
    const words = [...commandOf(camp, 'sendmail'), '-i', '-f', '$(sender)', '--', '$(recipient)']
    postfix = await Postfix.start({
      main: [
        `virtual_mailbox_domains = ${domain}`,
        ...['virtual_transport = posthorn', 'posthorn_destination_recipient_limit = 1'],
      ],
      master: ['posthorn unix - n n - 4 pipe', `  user=mail null_sender=<> argv=${words.join(' ')}`],
    })
  })

  afterAll(async () => {
    await postfix?.end()
    await camp?.remove()
  })

  async function send(subject: string, to: readonly string[]): Promise<void> {
    const transport = createTransport({ host: '127.0.0.1', port: postfix?.port ?? 0, ignoreTLS: true })
    const envelope = { from: alice.address, to: to.map(name => `${name}@${domain}`) }
    await transport.sendMail({ envelope, raw: `Subject: ${subject}\r\n\r\n.\r\n..${subject}: gr\u00fc\u00dfe\r\n` })
    transport.close()
  }

  const letters = async () => (await inboxLetters(alice)).map(({ text }) => text)
  const letter = async (words: string) => (await letters()).find(text => text.includes(words)) ?? ''

  it('delivers letters as they are', async () => {
    await send('by-pipe', ['alice'])
    await expect
      .poll(() => letter('by-pipe:'), within)
      .toContain('\r\n\r\n.\r\n..by-pipe: gr\u00c3\u00bc\u00c3\u009fe\r\n')
    const text = await letter('by-pipe:')
    expect(text).toMatch(new RegExp(`^Return-Path: <${alice.address}>\r\n`))
    expect(text).toMatch(received)
  })

  it('learns who is unknown, tells the sender, and delivers to the others', async () => {
    await send('to-some', ['alice', 'nobody'])
    await expect.poll(() => letter('Status: 5.1.1'), within).toContain('Nobody here is called nobody')
    // The report itself came by the same pipe, without a sender.
    expect(await letter('Status: 5.1.1')).toMatch(/^Return-Path: <>\r\n/)
    await expect.poll(() => letter('..to-some:'), within).not.toBe('')
  })

  it('keeps letters while there is no node, and delivers them later', async () => {
    await camp.end()
    await rename(camp.home, `${camp.home}.away`)
    try {
      await send('kept', ['alice'])
      await expect.poll(() => postfix?.log(), within).toMatch(/status=deferred \(temporary failure/)
    } finally {
      await rename(`${camp.home}.away`, camp.home)
    }
    await camp.start(as('mail'))
    postfix?.flush()
    await expect.poll(() => letter('..kept:'), within).not.toBe('')
  })
})

const eximName = String(eximUser)

describe.skipIf(!(await eximIsHere()) || !mayRun(eximName))('Exim', () => {
  let camp: TestNode
  let alice: Access
  let domain: string
  let exim: Exim | undefined

  beforeAll(async () => {
    ;({ camp, alice, domain } = await nodeOf(eximName))
    const pipe = (name: string, command: readonly string[], ...more: string[]) => [
      `${name}:`,
      ...['  driver = pipe', `  command = ${command.join(' ')}`, '  user = Debian-exim'],
      ...['  message_prefix =', '  message_suffix =', '  return_fail_output', ...more],
    ]
    exim = await Exim.make({
      routers: [
        ...['batch:', '  driver = accept', `  domains = ${domain}`, '  local_part_prefix = b-'],
        ...['  transport = bsmtp', 'here:', '  driver = accept', `  domains = ${domain}`, '  transport = letters'],
      ],
      transports: [
        ...pipe('letters', commandOf(camp, 'rmail', '--', '$pipe_addresses'), '  return_path_add'),
        ...pipe('bsmtp', [...commandOf(camp, 'rsmtp')], '  use_bsmtp', '  batch_max = 100'),
      ],
    })
  })

  afterAll(async () => {
    await exim?.remove()
    await camp?.remove()
  })

  async function send(subject: string, to: readonly string[]): Promise<void> {
    const input = `Subject: ${subject}\n\n.\n..${subject}:\nFrom here\n`
    const recipients = to.map(name => `${name}@${domain}`)
    await succeeding([exim?.command ?? '', '-i', '-odi', '-f', alice.address, '--', ...recipients], { input })
  }

  const letter = async (words: string) =>
    (await inboxLetters(alice)).map(({ text }) => text).find(text => text.includes(words)) ?? ''

  it('by a pipe delivers letters as they are, and learns who is unknown', async () => {
    await send('by-pipe', ['alice', 'nobody'])
    await expect.poll(() => letter('..by-pipe:'), within).toMatch(/\r\n\r\n\.\r\n\.\.by-pipe:\r\nFrom here\r\n$/)
    const text = await letter('..by-pipe:')
    expect(text).toMatch(new RegExp(`^Return-Path: <${alice.address}>\r\n`))
    expect(text).toMatch(received)
    await expect.poll(() => letter('Nobody here is called nobody'), within).toMatch(/^Return-Path: <>\r\n/)
  })

  it('by BSMTP delivers one letter for all; of who is unknown the sender hears from the node', async () => {
    await send('by-bsmtp', ['b-alice', 'b-missing'])
    await expect.poll(() => letter('..by-bsmtp:'), within).toMatch(/\r\n\r\n\.\r\n\.\.by-bsmtp:\r\nFrom here\r\n$/)
    await expect.poll(() => letter('Nobody here is called missing'), within).toContain('Status: 5.1.1')
    expect(await exim?.log()).not.toContain('failed')
  })
})

describe.skipIf(!uucpIsHere || !mayRun('uucp'))('UUCP', () => {
  let camp: TestNode
  let alice: Access
  let sites: Awaited<ReturnType<typeof UucpSite.pair>> | undefined

  beforeAll(async () => {
    ;({ camp, alice } = await nodeOf('uucp'))
    const script = (name: string) => `exec ${commandOf(camp, name, '--').join(' ')} "$@"`
    sites = await UucpSite.pair('hill', 'campsite', { rmail: script('rmail'), rsmtp: script('rsmtp') })
  })

  afterAll(async () => {
    await sites?.remove()
    await camp?.remove()
  })

  async function queued(words: readonly string[], input: string): Promise<void> {
    await succeeding(['/usr/bin/uux', '-I', sites?.here.config ?? '', '-', '-r', ...words], { input })
    await sites?.here.call('campsite')
    await sites?.there.execute()
  }
  const letter = async (words: string) =>
    (await inboxLetters(alice)).map(({ text }) => text).find(text => text.includes(words)) ?? ''

  it('brings letters to rmail', async () => {
    const input = 'From ann Sat Jan  3 01:05:34 2026 remote from hill\nSubject: by uux\n\n.\nslowly\n'
    await queued(['campsite!rmail', '(alice)'], input)
    const text = await letter('slowly')
    expect(text).toMatch(/^Return-Path: <ann@hill>\r\n/)
    expect(text).toMatch(received)
    expect(text).toMatch(/Subject: by uux\r\n\r\n\.\r\nslowly\r\n$/)
  })

  it('brings batches to rsmtp', async () => {
    const one = (number: number) =>
      `MAIL FROM:<ann@hill.example>\nRCPT TO:<${alice.address}>\nDATA\nSubject: batch\n\nnumber ${number}\n..\n.\n`
    await queued(['campsite!rsmtp'], `HELO hill\n${one(1)}${one(2)}QUIT\n`)
    for (const number of [1, 2]) expect(await letter(`number ${number}`)).toMatch(/number \d\r\n\.\r\n$/)
  })
})

describe.skipIf(!nncpInstalled)('a neighbour with stock NNCP', () => {
  let folder: string
  let camp: TestNode
  let alice: Access
  let far: NncpNode
  let stick: Awaited<ReturnType<typeof makeStick>>

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-batches-'))
    stick = await makeStick()
    camp = await TestNode.make('camp')
    alice = await camp.addUser('alice')
    far = await makeNncpNode(folder, 'far')
    const card = await camp.run<{ nncp: Record<string, string> }>(['card', 'show'])
    await introduce(far, { camp: { identity: parsePublicIdentity(pureSuite, card.nncp) } })
    await writeFile(join(folder, 'far.json'), JSON.stringify(formatPublicIdentity(far.identity)))
    await camp.run(['neighbour', 'add', join(folder, 'far.json'), '--name', 'far'])
    const handle = `command = ${JSON.stringify(commandOf(camp, 'rsmtp', '--'))}\nfrom = ["far"]\n`
    await appendFile(join(camp.home, 'posthorn.toml'), `\n[exec.rsmtp]\n${handle}`)
    await camp.start()
  })

  afterAll(async () => {
    await camp?.remove()
    await stick?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  it('hands batches to the handle rsmtp of a running node, and cannot choose another home', async () => {
    const one = (number: number) =>
      `MAIL FROM:<ann@far.example>\nRCPT TO:<alice>\nDATA\nSubject: batch\n\nnumber ${number}\n.\n`
    const other = ['--home', join(folder, 'elsewhere')]
    await nncp(far, 'exec', ['-quiet', 'camp', 'rsmtp', ...other], { input: `${one(1)}${one(2)}QUIT\n` })
    await nncp(far, 'xfer', ['-quiet', '-mkdir', stick.path])
    await sync(camp, stick.path)
    const numbers = async () => new Set((await inboxLetters(alice)).map(({ text }) => /number (\d)/.exec(text)?.[1]))
    await expect.poll(numbers, within).toEqual(new Set(['1', '2']))
    const [letter] = await inboxLetters(alice)
    expect(letter?.text).toMatch(/^Return-Path: <ann@far\.example>\r\n/)
  })
})
