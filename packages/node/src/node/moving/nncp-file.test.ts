import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readNncpConfig, sealEblob } from '@posthorn/nncp'
import { pureSuite as suite } from '@posthorn/nncp/pure'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { messageOf } from '../../base/errors.ts'
import { parseNncp, readNncpFile, unsealNncp } from './nncp-file.ts'

const secret = 'QJHM7AMHIW6CYYWIMO3HBLEZOQXKMTXAUNRCQM4E675YNKQLELFQ'
const random = suite.blake3Xof(suite.blake3(Buffer.from('files')))
const cost = { spaceBlocks: 4, rounds: 1, jobs: 1 }
const work = { suite, passphrase: Buffer.from('pass'), signal: new AbortController().signal, onShare: () => {} }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-nncp-file-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const put = (name: string, text: string | Uint8Array) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const seal = (content: string) => sealEblob({ ...work, random, content: Buffer.from(content), cost })

describe('the file of a configuration', () => {
  it('is Hjson, an eblob, or a directory', async () => {
    const text = '{\n  # a comment\n  spool: /var/spool/nncp\n  neigh: {}\n}\n'
    const expected = { spool: '/var/spool/nncp', neigh: {} }
    expect(await readNncpFile(put('nncp.hjson', text))).toEqual({ kind: 'plain', value: expected })
    const sealed = await readNncpFile(put('nncp.eblob', await seal(text)))
    if (sealed.kind !== 'sealed') return expect.unreachable()
    expect(await unsealNncp(sealed.bytes, work)).toEqual(expected)
    mkdirSync(join(folder, 'dir', 'neigh'), { recursive: true })
    put('dir/spool', '/var/spool/nncp\n')
    put('dir/.hidden', 'x')
    symlinkSync('/etc/passwd', join(folder, 'dir', 'log'))
    execFileSync('mkfifo', [join(folder, 'dir', 'umask')])
    expect(await readNncpFile(join(folder, 'dir'))).toEqual({ kind: 'plain', value: expected })
  })

  it('cannot replace a prototype', () => {
    const value = parseNncp(Buffer.from('{ "__proto__": { "spool": "/evil", "neigh": {} }, "log": "/l" }'))
    const read = readNncpConfig(suite, value)
    expect('faults' in read && read.faults.map(({ path }) => path)).toEqual(['neigh'])
    expect(Object.hasOwn(Object.prototype, 'spool')).toBe(false)
  })

  it('is never quoted when it cannot be read', async () => {
    const texts = [`{\n self: {\n exchprv: ${secret}\n ]`, `{ "exchprv": "${secret}`, `${secret}: {`, '\ufffe\u0000{']
    for (const text of texts) {
      const error = await Promise.resolve()
        .then(() => parseNncp(Buffer.from(text)))
        .then(
          value => JSON.stringify(readNncpConfig(suite, value)),
          (thrown: unknown) => messageOf(thrown),
        )
      expect(error).not.toContain(secret)
      expect(error).toMatch(/no Hjson|faults/)
    }
    expect(() => parseNncp(Uint8Array.of(0xff, 0xfe))).toThrow(/no Hjson/)
  })

  it('is refused when it is not there, too large, or not opened by the passphrase', async () => {
    await expect(readNncpFile(join(folder, 'none'))).rejects.toMatchObject({ code: 'no-such-file' })
    await expect(readNncpFile(put('large', 'x'.repeat(1024 * 1024 + 1)))).rejects.toMatchObject({ code: 'too-large' })
    const bytes = await seal('{}')
    const wrong = { ...work, passphrase: Buffer.from('other') }
    await expect(unsealNncp(bytes, wrong)).rejects.toMatchObject({ code: 'wrong-passphrase', retry: 'never' })
    await expect(unsealNncp(bytes.subarray(0, 60), work)).rejects.toMatchObject({ code: 'bad-nncp-config' })
    const costly = bytes.slice()
    new DataView(costly.buffer).setUint32(8, 0xffff_ffff)
    await expect(unsealNncp(costly, work)).rejects.toThrow(/memory/)
  })

  it('can be given up while a passphrase is tried', async () => {
    const bytes = await sealEblob({ ...work, random, content: Buffer.from('{}'), cost: { ...cost, spaceBlocks: 9000 } })
    const stopped = new AbortController()
    const giveUp = { ...work, signal: stopped.signal, onShare: () => stopped.abort() }
    await expect(unsealNncp(bytes, giveUp)).rejects.toMatchObject({ name: 'AbortError' })
  })
})
