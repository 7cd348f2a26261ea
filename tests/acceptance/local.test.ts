/** What other users of the machine can learn of a node: files and their modes, arguments, environment, the log. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { appendFile, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inboxLetters, sendLetter } from '../support/mail.ts'
import { type Access, introduce, TestNode } from '../support/node.ts'
import { makeStick, sync } from '../support/stick.ts'

const program = fileURLToPath(new URL('../../packages/node/bin/posthorn.js', import.meta.url))
const wrongPassword = 'quite-wrong-indeed'

describe('other users of the machine', () => {
  let valley: TestNode
  let ridge: TestNode
  let alice: Access
  let daemon: ChildProcess
  let stick: Awaited<ReturnType<typeof makeStick>>
  const logged: Buffer[] = []

  beforeAll(async () => {
    stick = await makeStick()
    valley = await TestNode.make('valley')
    ridge = await TestNode.make('ridge')
    await introduce(valley, ridge)
    const bob = await ridge.addUser('bob')
    await appendFile(join(valley.home, 'posthorn.toml'), '\n[log]\nlevel = "debug"\n')
    // As open as can be: what is private must not depend on the umask of whoever starts the node.
    const umask = process.umask(0)
    alice = await valley.addUser('alice')
    daemon = spawn(process.execPath, [program, 'start', '--home', valley.home, '--json'])
    process.umask(umask)
    daemon.stderr?.on('data', chunk => logged.push(chunk))
    await new Promise(resolve => daemon.stdout && createInterface({ input: daemon.stdout }).once('line', resolve))
    await sendLetter(alice, { to: [alice.address, bob.address], text: randomBytes(200_000).toString('base64') })
    await sendLetter(alice, { to: bob.address, text: 'small' })
    await inboxLetters(alice)
    await valley.run(['folder', 'add', stick.path])
    await sync(valley, stick.path)
    await guess()
  })
  afterAll(async () => {
    const ended = new Promise(resolve => daemon.once('exit', resolve))
    daemon.kill('SIGTERM')
    await ended
    await Promise.all([valley.remove(), ridge.remove(), stick.remove()])
  })

  /** Wrong passwords in every way there is to say them. */
  async function guess(): Promise<void> {
    const wrong = { ...alice, password: wrongPassword }
    await expect(sendLetter(wrong, { to: alice.address, text: 'x' })).rejects.toMatchObject({ responseCode: 535 })
    await expect(inboxLetters(wrong)).rejects.toThrow()
    const plain = Buffer.from(`\0${alice.address}\0${wrongPassword}`).toString('base64')
    await talk(alice.smtp.port, ['EHLO x', 'AUTH LOGIN', encoded(alice.address), encoded(wrongPassword), 'QUIT'])
    await talk(alice.smtp.port, ['EHLO x', `AUTH PLAIN ${plain}x`, `PASS ${wrongPassword}`, 'QUIT'])
    await talk(alice.imap.port, [`a AUTHENTICATE PLAIN`, plain, `b LOGIN alice "${wrongPassword}"`, 'c LOGOUT'])
    await talk(alice.imap.port, [
      `a LOGIN alice ${wrongPassword} ${alice.password}`,
      `LOGIN ${wrongPassword}`,
      'c LOGOUT',
    ])
    const pop3 = ['USER alice', `PASS ${wrongPassword}`, `USER ${wrongPassword}`, `PASS ${wrongPassword} x`, 'QUIT']
    await talk(alice.pop3.port, pop3)
    await talk(alice.pop3.port, ['AUTH PLAIN', plain, `AUTH PLAIN ${plain}`, `APOP alice ${wrongPassword}`, 'QUIT'])
  }

  it('can open nothing in a home that runs', () => {
    const open: string[] = []
    const seen = new Set<string>()
    const look = (path: string) => {
      const stats = statSync(path)
      seen.add(path.slice(valley.home.length + 1))
      // The certificate is public, and lies in a private folder.
      if ((stats.mode & 0o077) !== 0 && !path.endsWith('tls-cert.pem'))
        open.push(`${(stats.mode & 0o777).toString(8)} ${path}`)
      if (stats.isDirectory()) for (const name of readdirSync(path)) look(join(path, name))
    }
    look(valley.home)
    expect(open).toEqual([])
    const expected = ['admin.sock', 'keys.json', 'lock.db', 'posthorn.db', 'posthorn.db-shm', 'posthorn.db-wal']
    for (const name of [...expected, 'spool', 'mail', 'mail/alice/cur', 'tls/tls-key.pem', 'ports.json']) {
      expect(seen).toContain(name)
    }
    expect([...seen].some(name => /^spool\/bodies\/..\/[A-Z2-7]{52}$/.test(name))).toBe(true)
  })

  it.runIf(process.platform === 'linux')('read no secret in the arguments or the environment of the node', () => {
    const about =
      readFileSync(`/proc/${daemon.pid}/cmdline`, 'utf8') + readFileSync(`/proc/${daemon.pid}/environ`, 'utf8')
    for (const secret of secrets()) expect(about).not.toContain(secret)
  })

  it('and whoever reads the log at its finest, find neither passwords nor keys there', async () => {
    const told = Buffer.concat(logged).toString()
    expect(told).toContain('wrong user name or password')
    expect(told).toContain('"level":"debug"')
    for (const secret of secrets()) expect(told).not.toContain(secret)
    expect(told).not.toMatch(/AUTH(?:ENTICATE)? (?:PLAIN|LOGIN)/)
    expect(await readFile(join(valley.home, 'posthorn.db'), 'latin1')).not.toContain(alice.password)
  })

  function secrets(): string[] {
    const keys = JSON.parse(readFileSync(join(valley.home, 'keys.json'), 'utf8')) as Record<string, string>
    const tls = readFileSync(join(valley.home, 'tls', 'tls-key.pem'), 'utf8').split('\n')[1] ?? ''
    const words = [alice.password, wrongPassword]
    const plain = words.map(word => Buffer.from(`\0${alice.address}\0${word}`).toString('base64').replace(/=+$/, ''))
    const privateKeys = ['exchprv', 'signprv', 'noiseprv'].map(name => keys[name] ?? '')
    expect(privateKeys.every(key => key.length > 40)).toBe(true)
    return [...words, ...words.map(encoded), ...plain, ...privateKeys, tls]
  }
})

function encoded(text: string): string {
  return Buffer.from(text).toString('base64').replace(/=+$/, '')
}

/** Says one line after each answer; resolves when the server hangs up. */
function talk(port: number, lines: readonly string[]): Promise<void> {
  const left = [...lines]
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => resolve())
    socket.on('close', () => resolve())
    socket.on('data', () => {
      const line = left.shift()
      if (line === undefined) socket.end()
      else socket.write(`${line}\r\n`)
    })
  })
}
