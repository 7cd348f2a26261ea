/** First run and people, over the API of a real node: set up, invite, join, passwords, settings for apps, backup. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { lanAddress } from '../../packages/node/src/node/operations/access.ts'
import { Browser } from '../support/http.ts'
import { posthorn, TestNode } from '../support/node.ts'

const patience = { timeout: 30_000, interval: 50 }

interface Status {
  readonly node: { readonly name: string; readonly domain: string }
  readonly listeners: { readonly http: { readonly url: string; readonly port: number } }
  readonly users: readonly { readonly name: string }[]
}

let node: TestNode
let url: string

beforeEach(async () => {
  node = await TestNode.make('household')
})
afterEach(() => node.remove())

const status = () => node.run<Status>(['status'])
async function start(): Promise<Browser> {
  await node.start()
  url = (await status()).listeners.http.url
  return new Browser(url)
}

describe('a fresh node', () => {
  it('is set up by who has its link: name, first person, and nobody else after', async () => {
    const browser = await start()
    const secret = /#\/set-up\/(.+)$/.exec(node.setUp ?? '')?.[1] ?? ''
    const person = { name: 'alice', password: 'correct horse', node: 'valley' }
    expect((await browser.ask('POST', '/api/v1/set-up', { ...person, secret: 'abcd-efgh' })).status).toBe(401)
    expect((await status()).users).toEqual([])
    const done = await browser.ask('POST', '/api/v1/set-up', { ...person, secret })
    expect(done).toMatchObject({ status: 200, json: { restarts: true } })
    // It begins anew with its new name; who set it up is signed in there.
    await vi.waitFor(async () => expect((await browser.call('session.show', {})).node.name).toBe('valley'), patience)
    const session = await browser.call('session.show', {})
    expect(session.user).toMatchObject({ name: 'alice', role: 'admin' })
    expect(session.user?.address).toBe(`alice@${(await status()).node.domain}`)
    expect(await readFile(join(node.home, 'posthorn.toml'), 'utf8')).toContain('name = "valley"')
    const again = await new Browser(url).ask('POST', '/api/v1/set-up', { ...person, name: 'eve', secret })
    expect(again.status).toBe(401)
    expect((await status()).users).toMatchObject([{ name: 'alice' }])
  })

  it('threat: the secret of the set-up is guessed: nothing is set up', async () => {
    const browser = await start()
    const guess = () =>
      browser.ask('POST', '/api/v1/set-up', { secret: 'x'.repeat(19), name: 'eve', password: 'long enough' })
    const codes: unknown[] = []
    for (let tries = 0; tries < 8; tries += 1) codes.push((await guess()).json)
    expect(codes.at(-1)).toMatchObject({ code: 'wrong-credentials' })
    expect((await status()).users).toEqual([])
  })
})

describe('people', () => {
  let admin: Browser

  beforeEach(async () => {
    await node.run(['user', 'add', 'alice', '--password-stdin'], 'correct horse\n')
    admin = await start()
    await admin.signIn('alice', 'correct horse')
  })

  it('come by an invite in their own browser, once, and are signed in', async () => {
    const { links, secret, invite } = await admin.call('people.invite', { quotaBytes: 5_000_000 })
    expect(links).toEqual([`${url}#/join/${secret}`])
    const phone = new Browser(url)
    expect((await phone.ask('POST', '/api/v1/join/look', { secret })).json).toEqual({ name: null })
    const taken = await phone.ask('POST', '/api/v1/join', { secret, name: 'alice', password: 'not hers' })
    expect(taken.json).toMatchObject({ code: 'name-taken' })
    const short = await phone.ask('POST', '/api/v1/join', { secret, name: 'bob', password: 'short' })
    expect(short.json).toMatchObject({ code: 'bad-password' })
    const joined = await phone.ask('POST', '/api/v1/join', { secret, name: 'Bob', password: 'staple battery' })
    expect(joined).toMatchObject({ status: 200, json: { user: { name: 'bob', role: 'user' } } })
    expect((await phone.call('session.show', {})).user?.name).toBe('bob')
    expect((await new Browser(url).signIn('alice', 'not hers')).status).toBe(401)
    const people = await admin.call('people.list', {})
    expect(people).toMatchObject([{ name: 'alice' }, { name: 'bob', quotaBytes: 5_000_000, role: 'user' }])
    expect((await admin.call('people.invites', {})).map(({ id }) => id)).not.toContain(invite.id)
    const again = await new Browser(url).ask('POST', '/api/v1/join', { secret, name: 'eve', password: 'long enough' })
    expect(again.json).toMatchObject({ code: 'wrong-credentials' })
  })

  it('threat: two join by one invite at the same moment: one of them lives here', async () => {
    const { secret } = await admin.call('people.invite', {})
    const answers = await Promise.all(
      ['bob', 'eve'].map(name =>
        new Browser(url).ask('POST', '/api/v1/join', { secret, name, password: 'long enough' }),
      ),
    )
    expect(answers.map(answer => answer.status).sort((one, other) => one - other)).toEqual([200, 401])
    expect(await admin.call('people.list', {})).toHaveLength(2)
  })

  it('threat: an invite that was taken back, and one that was guessed, look alike', async () => {
    const { secret, invite } = await admin.call('people.invite', {})
    await admin.call('people.uninvite', { id: invite.id })
    const join = (given: string) =>
      new Browser(url).ask('POST', '/api/v1/join', { secret: given, name: 'eve', password: 'long enough' })
    expect((await join(secret)).json).toEqual((await join('A'.repeat(22))).json)
    expect((await join('../../../etc/passwd0000')).status).toBe(400)
    expect(await admin.call('people.list', {})).toHaveLength(1)
  })

  it('threat: who looks after nothing has no people, no settings and no backup', async () => {
    await admin.call('people.add', { name: 'bob', password: 'staple battery' })
    const bob = new Browser(url)
    await bob.signIn('bob', 'staple battery')
    for (const [method, params] of [
      ['people.list', {}],
      ['people.invite', {}],
      ['people.admin', { name: 'bob', admin: true }],
      ['people.password', { name: 'alice' }],
      ['people.remove', { name: 'alice' }],
      ['settings.change', { lan: true }],
      ['backup.prepare', { passphrase: 'his own' }],
    ] as const) {
      await expect(bob.call(method, params), method).rejects.toMatchObject({ code: 'admins-only' })
    }
    const { path } = await admin.call('backup.prepare', { passphrase: 'secret words' })
    expect((await bob.ask('GET', path)).status).toBe(404)
    expect((await new Browser(url).ask('GET', path)).status).toBe(401)
  })

  it('the password is changed by who knows it, and other browsers are signed out', async () => {
    const other = new Browser(url)
    await other.signIn('alice', 'correct horse')
    await expect(admin.call('password.change', { old: 'wrong', fresh: 'a new password' })).rejects.toMatchObject({
      code: 'wrong-password',
    })
    await admin.call('password.change', { old: 'correct horse', fresh: 'a new password' })
    expect((await admin.call('session.show', {})).user?.name).toBe('alice')
    expect((await other.call('session.show', {})).user).toBeNull()
  })

  it('apps find their settings, and nobody finds out who lives here', async () => {
    const { domain } = (await status()).node
    const visitor = new Browser(url)
    const ask = (path: string) => visitor.ask('GET', path)
    const [known, unknown, plain] = await Promise.all([
      ask(`/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress=alice%40${domain}`),
      ask(`/mail/config-v1.1.xml?emailaddress=nobody%40${domain}`),
      ask('/mail/config-v1.1.xml'),
    ])
    expect(known.headers.get('content-type')).toContain('application/xml')
    expect(known.text).toContain(`<domain>${domain}</domain>`)
    expect(known.text).toBe(unknown.text)
    expect(known.text).toBe(plain.text)
    expect((await ask('/mail/config-v1.1.xml?emailaddress=a%40elsewhere.example')).status).toBe(404)
    const outlook = `<Autodiscover><Request><EMailAddress>alice@${domain}</EMailAddress></Request></Autodiscover>`
    const xml = { 'content-type': 'text/xml' }
    const answer = await visitor.ask('POST', '/autodiscover/autodiscover.xml', outlook, xml)
    expect(answer.text).toContain(`<LoginName>alice@${domain}</LoginName>`)
    const large = await visitor.ask('POST', '/autodiscover/autodiscover.xml', 'x'.repeat(20_000), xml)
    expect(large.status).toBe(413)
    const { path } = await admin.call('access.profile', { label: 'iPhone' })
    expect((await visitor.ask('GET', path)).status).toBe(401)
    const profile = await admin.ask('GET', path)
    expect(profile.headers.get('content-type')).toContain('application/x-apple-aspen-config')
    expect(profile.headers.get('content-disposition')).toContain('attachment')
  })

  it('a backup that was fetched in the browser is one, once, and its passphrase is in no log', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'posthorn-fetched-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const { path } = await admin.call('backup.prepare', { passphrase: 'twelve green bottles' })
    const answer = await admin.open('GET', path)
    expect(answer.headers.get('content-disposition')).toMatch(/attachment.*\.backup/)
    const file = join(folder, 'fetched.backup')
    await writeFile(file, Buffer.from(await answer.arrayBuffer()))
    const check = await node.run<{ whole: boolean }>(
      ['backup', file, '--check', '--passphrase-stdin'],
      'twelve green bottles\n',
    )
    expect(check.whole).toBe(true)
    expect((await admin.ask('GET', path)).status).toBe(404)
    const log = await posthorn(['log', '--home', node.home])
    expect(log.stdout).toContain('node is running')
    expect(log.stdout).not.toContain('twelve')
  })

  it('that another program keeps from being opened goes on for its own machine, and says why', async () => {
    const { port } = (await status()).listeners.http
    const other = createServer()
    await new Promise<void>(resolve => other.listen(port, '127.0.0.2', resolve))
    onTestFinished(() => void other.close())
    expect(await admin.call('settings.change', { lan: true })).toEqual({ restarts: true })
    const lanFault = expect.stringContaining(`Another program listens on 0.0.0.0:${port}`)
    await vi.waitFor(async () => {
      expect(await admin.call('settings.show', {})).toMatchObject({ lan: false, lanBy: 'setting', lanFault })
    }, patience)
    expect(await status()).toMatchObject({ lanFault })
  })

  it('is opened to the local network where posthorn.toml does not say, and begins anew for it', async () => {
    expect(await admin.call('settings.show', {})).toMatchObject({ lan: false, lanBy: 'setting' })
    expect(await admin.call('access.show', {})).toMatchObject({ network: null })
    expect(await admin.call('settings.change', { lan: true })).toEqual({ restarts: true })
    const local = new Browser(`http://127.0.0.1:${(await status()).listeners.http.port}`)
    await vi.waitFor(async () => {
      expect((await local.signIn('alice', 'correct horse')).status).toBe(200)
      expect(await local.call('settings.show', {})).toMatchObject({ lan: true })
    }, patience)
    // Tests may run where there is no network at all: then the node has no address to tell.
    const network = lanAddress() === null ? null : { imap: { security: 'tls' } }
    expect((await local.call('access.show', {})).network).toEqual(
      network && expect.objectContaining({ imap: expect.objectContaining(network.imap) }),
    )
  })
})
