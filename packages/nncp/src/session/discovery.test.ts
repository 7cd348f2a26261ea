import { describe, expect, it } from 'vitest'
import { alice } from '../testkit.ts'
import { decodeAnnouncement, encodeAnnouncement } from './discovery.ts'

describe('announcements of MultiCast Discovery', () => {
  const datagram = encodeAnnouncement(alice.id)

  it('are the magic and the id', () => {
    expect(datagram).toHaveLength(40)
    expect(Buffer.from(datagram.subarray(0, 8)).toString('latin1')).toBe('NNCPD\0\0\x01')
    expect(decodeAnnouncement(datagram)).toBe(alice.id)
  })

  it('are what nncp-daemon 8.8.2 sends', () => {
    const sent = '4e4e435044000001fb0bfe7ef2e3867b19debd4614963eb0b73dc55bc8ef4f388f3d65ace06ef4f8'
    const id = decodeAnnouncement(new Uint8Array(Buffer.from(sent, 'hex')))
    expect(id).toBe('7MF747XS4ODHWGO6XVDBJFR6WC3T3RK3ZDXU6OEPHVS2ZYDO6T4A')
  })

  it('are nothing when cut, grown, or of another kind', () => {
    for (let size = 0; size < datagram.length; size += 1) {
      expect(decodeAnnouncement(datagram.subarray(0, size))).toBeUndefined()
    }
    expect(decodeAnnouncement(Uint8Array.from([...datagram, 0, 0, 0, 0]))).toBeUndefined()
    for (let at = 0; at < 8; at += 1) {
      expect(decodeAnnouncement(datagram.map((byte, index) => (index === at ? byte ^ 1 : byte)))).toBeUndefined()
    }
  })
})
