/** Programs that fetch mail, from Debian, against the built node: POP3 and IMAP in clear, under STARTTLS and TLS. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inboxLetters, sendLetter } from '../support/mail.ts'
import { type Access, TestNode } from '../support/node.ts'
import { installed, succeeding } from '../support/programs.ts'

type Ports = Readonly<Record<'smtp' | 'imap' | 'imaps' | 'pop3' | 'pop3s', { readonly port: number }>>

let node: TestNode
let alice: Access
let ports: Ports
let folder: string
let certificate: string

const hard = 'The first line.\n.a dot\n..two\n.\n\nFrom here on: grüße.\n'

beforeAll(async () => {
  node = await TestNode.make('fetch')
  await node.start()
  alice = await node.addUser('alice')
  ports = (await node.run<{ listeners: Ports }>(['status'])).listeners
  folder = await mkdtemp(join(tmpdir(), 'posthorn-fetch-'))
  certificate = join(node.home, 'tls', 'tls-cert.pem')
  await sendLetter(alice, { to: alice.address, subject: 'dots', text: hard, messageId: '<dots@test>' })
  await sendLetter(alice, { to: alice.address, subject: 'second', text: 'More.\n', messageId: '<second@test>' })
})

afterAll(async () => {
  await node.remove()
  await rm(folder, { recursive: true, force: true })
})

/** A file of ours that may hold a password. */
async function secret(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text, { mode: 0o600 })
  await chmod(path, 0o600)
  return path
}

/** The letters as the node keeps them, with the line ends of a Unix file. */
async function letters(): Promise<string[]> {
  return (await inboxLetters(alice)).map(({ text }) => text.replaceAll('\r\n', '\n'))
}

/** Letters as they came, without what the fetching program wrote in front. */
const withoutReceived = (text: string) => text.replace(/^(?:Received:.*\n(?:[ \t].*\n)*)+/, '')

describe.skipIf(!installed('fetchmail', 'fetchmail'))('fetchmail', () => {
  it.each([
    ['pop3', 'in clear', "sslproto ''"],
    ['pop3', 'under STLS', "sslproto 'tls1.2+' sslcertck sslcertfile"],
    ['pop3s', 'under TLS', 'ssl sslcertck sslcertfile'],
    ['imap', 'in clear', "sslproto ''"],
    ['imap', 'under STARTTLS', "sslproto 'tls1.2+' sslcertck sslcertfile"],
    ['imaps', 'under TLS', 'ssl sslcertck sslcertfile'],
  ] as const)('hands the letters of %s %s to a delivery program', async (listener, how, ssl) => {
    const box = join(folder, `${listener} ${how}`.replaceAll(' ', '-'))
    await mkdir(box)
    const trust = ssl.endsWith('sslcertfile') ? `${ssl} "${certificate}"` : ssl
    const deliver = await secret('deliver', `#!/bin/sh\nexec cat > ${box}/$(date +%s%N)\n`)
    await chmod(deliver, 0o700)
    const rc = await secret(
      `${listener}.rc`,
      // It compares names only, not addresses.
      `poll localhost protocol ${listener.slice(0, 4)} port ${ports[listener].port} ` +
        `user "${alice.address}" password "${alice.password}" ${trust} keep fetchall mda "${deliver}"\n`,
    )
    const ids = ['-i', join(box, '.ids'), '--pidfile', join(box, '.pid')]
    await succeeding(['fetchmail', '-f', rc, ...ids], { env: { HOME: folder, FETCHMAILHOME: folder } })
    const names = (await readdir(box)).filter(name => !name.startsWith('.')).sort()
    const got = await Promise.all(names.map(name => readFile(join(box, name), 'latin1')))
    expect(got.map(withoutReturnPath)).toEqual((await letters()).map(withoutReturnPath))
  })

  /** fetchmail moves the return path behind its own header. */
  function withoutReturnPath(text: string): string {
    return withoutReceived(text.replace(/^Return-Path:.*\n/m, ''))
  }
})

describe.skipIf(!installed('mpop', 'mpop'))('mpop', () => {
  it.each([
    ['pop3', 'in clear', 'tls off'],
    ['pop3', 'under STLS', 'tls on\ntls_starttls on'],
    ['pop3s', 'under TLS', 'tls on\ntls_starttls off'],
  ] as const)('delivers into a Maildir from %s %s, each letter once', async (listener, how, tls) => {
    const box = join(folder, `mpop ${listener} ${how}`.replaceAll(' ', '-'))
    for (const part of ['cur', 'new', 'tmp']) await mkdir(join(box, part), { recursive: true })
    const trust = tls === 'tls off' ? '' : `\ntls_trust_file ${certificate}`
    const rc = await secret(
      'mpoprc',
      `account a\nhost 127.0.0.1\nport ${ports[listener].port}\n${tls}${trust}\nauth plain\nuser ${alice.address}\n` +
        `password ${alice.password}\nkeep on\nuidls_file ${box}/.uidls\ndelivery maildir ${box}\n`,
    )
    for (const _time of [1, 2]) await succeeding(['mpop', '-C', rc, 'a'])
    const names = (await readdir(join(box, 'new'))).sort()
    const got = await Promise.all(names.map(name => readFile(join(box, 'new', name), 'latin1')))
    expect(got.map(withoutReceived).sort()).toEqual((await letters()).sort())
  })
})

describe.skipIf(!installed('curl', 'curl'))('curl', () => {
  it.each([
    ['pop3', []],
    ['pop3', ['--ssl-reqd']],
    ['pop3s', []],
  ] as const)('lists and reads over %s:// %s', async (scheme, more) => {
    const login = await secret('curlrc', `user = "${alice.address}:${alice.password}"\n`)
    const curl = async (path: string, ...args: readonly string[]) => {
      const url = `${scheme}://127.0.0.1:${ports[scheme].port}/${path}`
      const said = await succeeding(['curl', '-sS', '-K', login, '--cacert', certificate, ...more, ...args, url])
      return said.replaceAll('\r\n', '\n')
    }
    expect(await curl('')).toMatch(/^1 \d+\n2 \d+\n$/)
    expect(await curl('1')).toBe((await letters())[0])
    expect(await curl('', '-X', 'UIDL')).toMatch(/^1 \d+\.1\n2 \d+\.2\n$/)
  })
})

describe.skipIf(!installed('python3', 'python3'))('poplib of Python', () => {
  it('reads, deletes, and finds the same UIDLs again after a restart', async () => {
    const bob = await node.addUser('bob')
    for (const name of ['one', 'two', 'three']) {
      await sendLetter(alice, { to: bob.address, text: `${name}\n`, messageId: `<${name}@test>` })
    }
    const script = `
import os, poplib, ssl, sys
trust = ssl.create_default_context(cafile=sys.argv[3])
box = poplib.POP3('127.0.0.1', int(sys.argv[1]))
print(sorted(box.capa()))
box.stls(context=trust)
box.user(os.environ['BOX_USER'])
box.pass_(os.environ['BOX_PASSWORD'])
if sys.argv[4] == 'delete':
    print(box.dele(2))
print([line.decode() for line in box.uidl()[1]])
print(box.top(1, 0)[1][-1], box.stat()[0])
print(box.quit())
`
    const run = async (todo: string) => {
      const { pop3, pop3s } = ports
      const env = { BOX_USER: bob.address, BOX_PASSWORD: bob.password }
      const args = ['-c', script, String(pop3.port), String(pop3s.port), certificate, todo]
      return (await succeeding(['python3', ...args], { env })).trim().split('\n')
    }
    const [capabilities, deleted, uidls, top, quit] = await run('delete')
    expect(capabilities).toContain("'TOP', 'UIDL', 'USER'")
    expect(deleted).toContain('+OK')
    expect(uidls).toMatch(/^\['1 \d+\.1', '3 \d+\.3'\]$/)
    expect(top).toBe("b'' 2")
    expect(quit).toContain('Removed for good: 1')
    await node.end()
    await node.start()
    const before = uidls?.replace("'3 ", "'2 ")
    expect((await run('keep')).slice(1, 3)).toEqual([before, "b'' 2"])
  })
})
