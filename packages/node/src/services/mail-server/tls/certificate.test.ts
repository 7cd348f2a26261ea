import { spawnSync } from 'node:child_process'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect as tcpConnect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tls from 'node:tls'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { present } from '../../../base/assert.ts'
import { loadOrMakeCertificate } from './certificate.ts'

const opensslMissing = spawnSync('openssl', ['version']).error !== undefined
const now = Date.UTC(2026, 10, 21)
const names = ['camp-k3j5h2q7abcdefgh.nncp.alt', '_posthorn.alt', '127.0.0.1', '192.168.1.20', '::1', 'fe80::1:2']

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'posthorn-tls-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const random = (length: number) => Buffer.alloc(length, 0xab)
const make = (over: { names?: readonly string[]; now?: number } = {}) =>
  loadOrMakeCertificate({ directory, names, now, random, ...over })

describe('the certificate', () => {
  it('names the node, may not sign others, and lasts ten years', async () => {
    const { cert } = await make()
    const certificate = new X509Certificate(cert)
    expect(certificate.ca).toBe(false)
    expect(certificate.subject).toBe(`CN=${names[0]}`)
    for (const name of names.slice(0, 2)) expect(certificate.checkHost(name)).toBe(name)
    for (const address of names.slice(2)) expect(certificate.checkIP(address)).toBe(address)
    expect(certificate.checkHost('other.alt')).toBeUndefined()
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    expect(new Date(certificate.validTo).getUTCFullYear()).toBe(2036)
    expect(new Date(certificate.validFrom).getTime()).toBeLessThan(now)
  })

  it('is sound whatever the clock says, 1970 and 2060 included', async () => {
    for (const at of [0, Date.UTC(2060, 1, 1)]) {
      const certificate = new X509Certificate((await make({ now: at })).cert)
      const from = new Date(certificate.validFrom).getTime()
      const until = new Date(certificate.validTo).getTime()
      expect(from).toBeLessThanOrEqual(at)
      expect(until).toBeGreaterThan(Math.max(at, Date.UTC(2034, 1, 1)))
      await rm(join(directory, 'tls-cert.pem'))
    }
  })

  it('is made for any sane names', async () => {
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?$/)
    const domain = fc.array(label, { minLength: 1, maxLength: 4 }).map(labels => labels.join('.'))
    const anyNames = fc.array(fc.oneof(domain, fc.ipV4(), fc.ipV6()), { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(anyNames, async some => {
        const certificate = new X509Certificate((await make({ names: some })).cert)
        expect(certificate.subjectAltName?.split(', ').length).toBe(some.length)
        await rm(join(directory, 'tls-cert.pem'))
      }),
      { numRuns: 30 },
    )
  })

  it('is kept: the second start reads what the first one wrote', async () => {
    const first = await make()
    expect((await stat(join(directory, 'tls-key.pem'))).mode & 0o777).toBe(0o600)
    expect(await make()).toEqual(first)
  })

  it('is made anew for the same key when the first start was cut short', async () => {
    const first = await make()
    await rm(join(directory, 'tls-cert.pem'))
    await writeFile(join(directory, 'tls-cert.pem.tmp'), 'half')
    const second = await make()
    expect(second.key).toBe(first.key)
    expect(new X509Certificate(second.cert).verify(new X509Certificate(first.cert).publicKey)).toBe(true)
  })

  it('may be replaced by one of the operator’s own', async () => {
    const theirs = await make({ names: ['mail.example.org'] })
    await writeFile(join(directory, 'tls-cert.pem'), `${theirs.cert}${theirs.cert}`)
    expect((await make()).cert).toBe(`${theirs.cert}${theirs.cert}`)
  })

  it('is refused when the files do not fit together, and nothing is overwritten', async () => {
    await make()
    const stranger = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
    const strangerPem = stranger.export({ type: 'pkcs8', format: 'pem' })
    await writeFile(join(directory, 'tls-key.pem'), strangerPem)
    await expect(make()).rejects.toMatchObject({ code: 'bad-certificate', retry: 'never' })
    expect(await readFile(join(directory, 'tls-key.pem'), 'utf8')).toBe(strangerPem)
    await writeFile(join(directory, 'tls-key.pem'), 'rubbish')
    await expect(make()).rejects.toMatchObject({ code: 'bad-certificate' })
    await rm(join(directory, 'tls-key.pem'))
    await expect(make()).rejects.toMatchObject({ code: 'bad-certificate' })
    await writeFile(join(directory, 'tls-cert.pem'), 'rubbish')
    await expect(make()).rejects.toMatchObject({ code: 'bad-certificate' })
  })

  it('does not tell the key in an error', async () => {
    await make()
    const secret = 'c2VjcmV0LXNlY3JldA'
    await writeFile(
      join(directory, 'tls-key.pem'),
      `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`,
    )
    const error: unknown = await make().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Error)
    expect(String(error)).not.toContain(secret)
  })

  it('serves TLS 1.3 to a client that trusts it', async () => {
    const { key, cert } = await make()
    const server = tls.createServer({ key, cert, minVersion: 'TLSv1.2' }, socket => socket.end('hello'))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    try {
      const client = tls.connect({
        socket: tcpConnect(port, '127.0.0.1'),
        ca: cert,
        servername: present(names[0], 'name'),
      })
      await new Promise<void>((resolve, reject) => client.once('secureConnect', resolve).once('error', reject))
      expect(client.authorized).toBe(true)
      expect(client.getProtocol()).toBe('TLSv1.3')
      client.destroy()
    } finally {
      await new Promise(resolve => server.close(resolve))
    }
  })

  it.skipIf(opensslMissing)('is understood by openssl', async () => {
    await make()
    const path = join(directory, 'tls-cert.pem')
    const verified = spawnSync('openssl', ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', path, path])
    expect(verified.stdout.toString()).toContain('OK')
    const text = spawnSync('openssl', ['x509', '-in', path, '-noout', '-text']).stdout.toString()
    expect(text).toContain('Version: 3')
    expect(text).toContain('CA:FALSE')
    expect(text).toContain('TLS Web Server Authentication')
    expect(text).toContain('DNS:_posthorn.alt')
    expect(text).toContain('IP Address:192.168.1.20')
  })
})
