import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { idPrefixInDomain, nodeDomain, parseAddress } from './address.ts'
import { headerBlockBytesMax, parseHead, readHead } from './header.ts'

describe('addresses', () => {
  it.each([
    ['alice@camp-k3j5h2q7abcdefgh.nncp.alt'],
    ['alice@camp'],
    ['alice+tag@Camp.Example'],
    ['alice@[127.0.0.1]'],
    [`a@${'x'.repeat(78)}.alt`],
  ])('takes %s', text => {
    expect(parseAddress(text)).toMatchObject({ domain: text.split('@')[1]?.toLowerCase() })
  })

  it.each([
    [''],
    ['alice'],
    ['@camp'],
    ['alice@'],
    ['-alice@camp'],
    ['alice@camp.'],
    ['alice@-camp'],
    ['al ice@camp'],
    ['alice\r\nRCPT TO:<x>@camp'],
    ['alice\0@camp'],
    ['älice@camp'],
    ['../../etc@camp/..'],
    ['"quoted"@camp'],
    [`${'a'.repeat(65)}@camp`],
    [`a@${'x.'.repeat(130)}alt`],
  ])('refuses %j', text => {
    expect(parseAddress(text)).toBeUndefined()
  })

  it('finds the id in a node domain, and only there', () => {
    const id = 'S7ZKZQZVQZ73JGHUWY4HNEWRYHNPUYMJ2MPEVUFZPXKCTUJR4KQQ'
    expect(nodeDomain('camp', id)).toBe('camp-s7zkzqzvqz73jghu.nncp.alt')
    expect(idPrefixInDomain('camp-s7zkzqzvqz73jghu.nncp.alt')).toBe('s7zkzqzvqz73jghu')
    expect(idPrefixInDomain('s7zkzqzvqz73jghu.nncp.alt')).toBe('s7zkzqzvqz73jghu')
    expect(idPrefixInDomain('camps7zkzqzvqz73jghu.nncp.alt')).toBeUndefined()
    expect(idPrefixInDomain('camp-s7zkzqzvqz73jgh1.nncp.alt')).toBeUndefined()
    expect(idPrefixInDomain('s7zkzqzvqz73jghu.example')).toBeUndefined()
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), text => void parseAddress(text)))
  })
})

describe('letter heads', () => {
  it('reads what routing needs, folded and in any case', () => {
    const head = parseHead(
      'Return-Path: <bob@camp>\r\nMESSAGE-ID:\r\n <a@b>\r\nChat-Is-Post-Message: 1\r\nSubject: Message-ID: <no@no>\r\n',
    )
    expect(head).toMatchObject({ messageId: 'a@b', returnPath: 'bob@camp', envelopeBytes: 25, isPostMessage: true })
  })

  it('knows a bounce from a letter without a return path', () => {
    expect(parseHead('Return-Path: <>\nFrom: x\n').returnPath).toBe('')
    expect(parseHead('From: x\nReturn-Path: <late@x>\n').returnPath).toBeNull()
  })

  it('knows automatic letters', () => {
    expect(parseHead('Auto-Submitted: auto-replied\r\n').isAutomatic).toBe(true)
    expect(parseHead('Auto-Submitted: no\r\n').isAutomatic).toBe(false)
  })

  it('looks no further than the empty line', async () => {
    const source = [Buffer.from('From: x\r'), Buffer.from('\n\r\nMessage-ID: <in@body>\r\n')]
    expect((await readHead(streamOf(source))).messageId).toBeNull()
  })

  it('takes only so much of an endless header', async () => {
    let taken = 0
    async function* endless() {
      for (;;) {
        taken += 65_536
        yield Buffer.alloc(65_536, 'x')
      }
    }
    await readHead(endless())
    expect(taken).toBeLessThanOrEqual(headerBlockBytesMax + 65_536)
  })
})

async function* streamOf(chunks: readonly Uint8Array[]) {
  yield* chunks
}
