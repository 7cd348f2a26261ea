import { appendFile, chmod, chown, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Dovecot, dovecotInstalled } from '../support/dovecot.ts'
import { Exim, eximIsHere, intoMaildir } from '../support/exim.ts'
import { inboxLetters, sendRaw } from '../support/mail.ts'
import { type Access, TestNode } from '../support/node.ts'
import { Postfix, postfixInstalled } from '../support/postfix.ts'
import { makeStick } from '../support/stick.ts'
import { UucpSite, uucpIsHere } from '../support/uucp.ts'
import { introduce, makeNncpNode, type NncpNode, nncp, nncpInstalled, recordedCalls, recordingHandle } from './nncp.ts'

const eximHere = await eximIsHere()
const nobody = 65_534

/** What mail systems stumble over: dots, `From ` at a line's start, 8 bits, and as many bytes as are asked for. */
const difficult = ['.leading dot', '.', '..', 'From here', '>From there', 'Gr\u00fc\u00dfe \u2709', '', ' end']

function letter(subject: string, bytes = 0): { raw: Buffer; text: string } {
  const filler = Array.from({ length: Math.ceil(bytes / 77) }, () => '.'.repeat(76))
  const text = [...difficult, ...filler, 'last line', ''].join('\n')
  const header = [
    `Subject: ${subject}`,
    `Message-ID: <${subject}@test>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
  ]
  return { raw: Buffer.from([...header, '', text].join('\n').replaceAll('\n', '\r\n')), text }
}

/** Header and text of a letter as it arrived somewhere, with LF. */
function parts(arrived: string | Buffer): { header: string; text: string } {
  const whole = Buffer.from(arrived.toString('latin1').replaceAll('\r\n', '\n'), 'latin1').toString('utf8')
  const at = whole.indexOf('\n\n')
  return { header: whole.slice(0, at + 1), text: whole.slice(at + 2) }
}

async function lettersIn(maildir: string): Promise<ReturnType<typeof parts>[]> {
  const names = await readdir(join(maildir, 'new')).catch(() => [])
  return Promise.all(names.map(async name => parts(await readFile(join(maildir, 'new', name)))))
}

interface Queued {
  readonly letters: number
  readonly list: readonly { number: number; recipients: string[]; reason: string | null; attempts: number }[]
}

const toml = (table: Readonly<Record<string, unknown>>) =>
  ['[[gateway]]', ...Object.entries(table).map(([key, value]) => `${key} = ${JSON.stringify(value)}`), ''].join('\n')

describe('mail to other mail systems', () => {
  let folder: string
  let camp: TestNode
  let alice: Access
  let postfix: Postfix | undefined
  let exim: Exim | undefined
  let uucp: Awaited<ReturnType<typeof UucpSite.pair>> | undefined
  let dovecot: Dovecot | undefined
  let stick: Awaited<ReturnType<typeof makeStick>> | undefined
  let valley: NncpNode
  let ridge: NncpNode
  const calls = () => join(folder, 'calls')
  const maildir = (name: string) => join(folder, name)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-gateway-'))
    await chmod(folder, 0o755)
    camp = await TestNode.make('camp')
    alice = await camp.addUser('alice')
    const tables: Record<string, unknown>[] = []
    const add = (name: string, more: Record<string, unknown>) =>
      tables.push({ name, domains: [`${name}.example`], ...more })
    if (postfixInstalled) {
      await mkdir(maildir('postfix'))
      await chown(maildir('postfix'), nobody, nobody)
      postfix = await Postfix.start({
        main: [
          ...[
            'virtual_mailbox_domains = postfix.example',
            `virtual_mailbox_base = ${folder}`,
            'virtual_minimum_uid = 1',
          ],
          ...['virtual_mailbox_maps = inline:{ bob@postfix.example=postfix/ }, regexp:{ {/^many/ postfix/many/} }'],
          ...[
            `virtual_uid_maps = static:${nobody}`,
            `virtual_gid_maps = static:${nobody}`,
            'message_size_limit = 3000000',
          ],
          ...['smtpd_reject_unlisted_recipient = yes'],
        ],
      })
      add('postfix', { smarthost: `smtp://127.0.0.1:${postfix.port}` })
    }
    if (eximHere) {
      await mkdir(maildir('exim'), { mode: 0o777 })
      await chmod(maildir('exim'), 0o777)
      exim = await Exim.make(intoMaildir('exim.example : eximsmtp.example', `${maildir('exim')}/box`))
      const words = [exim.command, '-i', '-odi', '-f', '{sender}', '--', '{recipient}']
      add('exim', { command: words, null_sender: '<>' })
      add('eximsmtp', { smarthost: `smtp://127.0.0.1:${exim.port}` })
    }
    if (uucpIsHere) {
      uucp = await UucpSite.pair('camp', 'hill')
      const words = ['/usr/bin/uux', '-I', uucp.here.config, '-', '-r', '-a{sender}', 'hill!rmail', '({recipient})']
      add('uucp', { command: words, from_line: true })
    }
    if (nncpInstalled) {
      stick = await makeStick()
      valley = await makeNncpNode(folder, 'valley')
      ridge = await makeNncpNode(folder, 'ridge')
      await introduce(valley, { ridge: { identity: ridge.identity } })
      await introduce(ridge, { valley: { identity: valley.identity, exec: { sendmail: recordingHandle(calls()) } } })
      const words = ['/usr/bin/nncp-exec', '-cfg', valley.configFile, '-quiet', 'ridge', 'sendmail', '{recipient}']
      add('nncp', { command: words, return_path: true })
    }
    if (dovecotInstalled) {
      const socket = 'service lmtp {\n  unix_listener lmtp {\n    mode = 0600\n  }\n}'
      dovecot = await Dovecot.start([socket, 'auth_username_chars = abcdefghijklmnopqrstuvwxyz@.'])
      add('dovecot', { lmtp: `lmtp://127.0.0.1:${dovecot.ports.lmtp}` })
      add('socket', { lmtp: `unix:${join(dovecot.maildir('bob'), '../../run/lmtp')}` })
    }
    await appendFile(join(camp.home, 'posthorn.toml'), `\n${tables.map(toml).join('\n')}`)
    await camp.start()
  })

  afterAll(async () => {
    await camp?.remove()
    await postfix?.end()
    await exim?.remove()
    await uucp?.remove()
    await dovecot?.end()
    await stick?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  const queue = (name: string) => camp.run<Queued>(['queue', 'list', '--gateway', name])
  const left = (name: string) => expect.poll(async () => (await queue(name)).letters, { timeout: 30_000 }).toBe(0)
  const arrive = (box: string, count: number) =>
    expect.poll(async () => (await lettersIn(box)).length, { timeout: 30_000 }).toBe(count)
  const reports = async () => (await inboxLetters(alice)).map(({ text }) => text)

  describe.skipIf(!postfixInstalled)('Postfix as a smarthost', () => {
    it('takes letters as they are, small and large', async () => {
      const [small, large] = [letter('postfix-small'), letter('postfix-large', 1_000_000)]
      await sendRaw(alice, ['bob@postfix.example'], small.raw)
      await sendRaw(alice, ['bob@postfix.example'], large.raw)
      await arrive(maildir('postfix'), 2)
      const arrived = await lettersIn(maildir('postfix'))
      expect(arrived.map(({ text }) => text).sort()).toEqual([large.text, small.text].sort())
      expect(arrived[0]?.header).toContain(`Return-Path: <${alice.address}>\n`)
      await left('postfix')
    })

    it('takes a hundred recipients at once', async () => {
      const many = Array.from({ length: 100 }, (_, at) => `many${at}@postfix.example`)
      await sendRaw(alice, many, letter('postfix-many').raw)
      await arrive(join(maildir('postfix'), 'many'), 100)
      await left('postfix')
    })

    it('what it refuses comes back to its sender, what it takes does not', async () => {
      await sendRaw(alice, ['nobody@postfix.example', 'bob@postfix.example'], letter('postfix-refused').raw)
      await expect.poll(async () => (await reports()).join(''), { timeout: 30_000 }).toContain('nobody@postfix.example')
      const [report = ''] = (await reports()).filter(text => text.includes('nobody@postfix.example'))
      expect(report).toMatch(/Diagnostic-Code: smtp; 550 5\.1\.1/)
      expect(report).not.toContain('bob@postfix.example')
      await arrive(maildir('postfix'), 3)
      await left('postfix')
    })

    it('a letter larger than it takes comes back without having been sent', async () => {
      await sendRaw(alice, ['bob@postfix.example'], letter('postfix-too-large', 3_500_000).raw)
      await expect.poll(async () => (await reports()).join(''), { timeout: 30_000 }).toContain('5.3.4')
      await left('postfix')
    })
  })

  describe.skipIf(!eximHere)('Exim', () => {
    it('as a command takes letters as they are', async () => {
      const [small, large] = [letter('exim-small'), letter('exim-large', 1_000_000)]
      await sendRaw(alice, ['bob@exim.example', 'carol@exim.example'], small.raw)
      await sendRaw(alice, ['bob@exim.example'], large.raw)
      await left('exim')
      await expect
        .poll(async () => (await lettersIn(`${maildir('exim')}/box`)).map(({ text }) => text).sort())
        .toEqual([large.text, small.text, small.text].sort())
      const arrived = await lettersIn(`${maildir('exim')}/box`)
      const envelopes = arrived.map(({ header }) => /Envelope-to: (.*)\n/i.exec(header)?.[1])
      expect(new Set(envelopes)).toEqual(new Set(['bob@exim.example', 'carol@exim.example']))
      expect(arrived[0]?.header).toContain(`Return-path: <${alice.address}>\n`)
    })

    it('as a smarthost that is away for a while gets its letters when it is back', async () => {
      const sent = letter('exim-later', 1000)
      await sendRaw(alice, ['bob@eximsmtp.example'], sent.raw)
      await expect.poll(async () => (await queue('eximsmtp')).list[0]?.reason).toContain('ECONNREFUSED')
      const status = await camp.run<{ gateways: { name: string; unreachable: string | null }[] }>(['status'])
      expect(status.gateways.find(({ name }) => name === 'eximsmtp')?.unreachable).toContain('ECONNREFUSED')
      await exim?.listen()
      await camp.run(['queue', 'retry', '--gateway', 'eximsmtp'])
      await left('eximsmtp')
      const arrived = async () => (await lettersIn(`${maildir('exim')}/box`)).map(({ text }) => text)
      await expect.poll(arrived, { timeout: 30_000 }).toContain(sent.text)
    })
  })

  it.skipIf(!uucpIsHere)('UUCP: a letter and its recipients come to the rmail of the other site', async () => {
    const [small, large] = [letter('uucp-small'), letter('uucp-large', 1_000_000)]
    await sendRaw(alice, ['bob@uucp.example', 'carol@uucp.example'], small.raw)
    await sendRaw(alice, ['bob@uucp.example'], large.raw)
    await left('uucp')
    await uucp?.here.call('hill')
    await uucp?.there.execute()
    const came = (await uucp?.there.rmailCalls()) ?? []
    expect(came.map(({ args }) => args.join(' ')).sort()).toEqual([
      'bob@uucp.example',
      'bob@uucp.example carol@uucp.example',
    ])
    for (const { args, input } of came) {
      expect(input).toMatch(new RegExp(`^From ${alice.address} \\w{3} \\w{3} [ \\d]\\d [\\d:]{8} \\d{4}\\nSubject: `))
      expect(input).not.toContain('\r')
      expect(parts(input).text).toBe(args.length === 1 ? large.text : small.text)
    }
    expect(await uucp?.here.log()).toContain(`Queuing rmail`)
  })

  it.skipIf(!uucpIsHere)('an address that could be more than an address to a program is refused at once', async () => {
    const sent = sendRaw(alice, ['a|b`id`@uucp.example'], letter('uucp-evil').raw)
    await expect(sent).rejects.toMatchObject({ responseCode: 553 })
  })

  it.skipIf(!nncpInstalled)('nncp-exec: a stock node runs its sendmail with the recipients', async () => {
    const sent = letter('nncp', 1_000_000)
    await sendRaw(alice, ['bob@nncp.example', 'carol@nncp.example'], sent.raw)
    await left('nncp')
    await nncp(valley, 'xfer', ['-quiet', '-mkdir', stick?.path ?? ''])
    await nncp(ridge, 'xfer', ['-quiet', stick?.path ?? ''])
    await nncp(ridge, 'toss', ['-quiet'])
    const [call] = await recordedCalls(calls())
    expect(call?.args).toEqual(['bob@nncp.example', 'carol@nncp.example'])
    const input = call?.input.toString('latin1') ?? ''
    expect(input).toMatch(new RegExp(`^Return-Path: <${alice.address}>\n`))
    expect(parts(input).text).toBe(sent.text)
  })

  describe.skipIf(!dovecotInstalled)('LMTP to Dovecot', () => {
    it('delivers by TCP and by socket, to each recipient on its own', async () => {
      const sent = letter('dovecot', 1_000_000)
      await sendRaw(alice, ['bob@dovecot.example', 'no_body@dovecot.example', 'carol@socket.example'], sent.raw)
      for (const name of ['bob', 'carol']) {
        await arrive(dovecot?.maildir(name) ?? '', 1)
        const [arrived] = await lettersIn(dovecot?.maildir(name) ?? '')
        expect(arrived?.text).toBe(sent.text)
        expect(arrived?.header).toContain(`Delivered-To: ${name}`)
      }
      await expect
        .poll(async () => (await reports()).join(''), { timeout: 30_000 })
        .toContain('no_body@dovecot.example')
      await left('dovecot')
      await left('socket')
    })
  })
})
