import { type PacketId, packetIdFromBytes, XdrWriter } from '@posthorn/nncp'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { postofficeLimits } from '../limits.ts'
import { dropMessage, droppedMessage, readDropMessage, readDroppedMessage } from './wire.ts'

const id = (number: number): PacketId => packetIdFromBytes(new Uint8Array(32).fill(number))

describe('messages about what is taken back', () => {
  it('come back as they were', () => {
    const requests = [
      { letter: id(1), reason: 'recalled', recipients: [] },
      { letter: id(2), reason: 'expired', recipients: ['bob@here', 'eve@here'] },
    ] as const
    expect(readDropMessage(dropMessage(requests))).toEqual(requests)
    const reports = (['dropped', 'awaited', 'late', 'gone-on', 'full'] as const).map((answer, index) => ({
      ...{ letter: id(index), answer, recipients: ['bob@here'] },
    }))
    expect(readDroppedMessage(droppedMessage(reports))).toEqual(reports)
  })

  it('of a later version: an unknown reason is one all the same, an unknown answer is none', () => {
    const bytes = new XdrWriter().u32(1).fixedOpaque(new Uint8Array(32)).u32(99).u32(0).bytes()
    expect(readDropMessage(bytes)).toMatchObject([{ reason: 'recalled' }])
    expect(readDroppedMessage(bytes)).toEqual([])
  })

  it('are refused when they are longer than allowed, cut, or go on after their end', () => {
    const one = { letter: id(1), reason: 'recalled', recipients: ['bob@here'] } as const
    const { droppedAtOnceMax, droppedRecipientsMax } = postofficeLimits
    const most = Array.from({ length: droppedAtOnceMax }, () => one)
    expect(readDropMessage(dropMessage(most))).toHaveLength(droppedAtOnceMax)
    expect(() => readDropMessage(dropMessage([...most, one]))).toThrow('more than')
    const recipients = Array.from({ length: droppedRecipientsMax + 1 }, (_, index) => `${index}@here`)
    expect(() => readDropMessage(dropMessage([{ ...one, recipients }]))).toThrow('more than')
    expect(() => readDropMessage(dropMessage([{ ...one, recipients: [''] }]))).toThrow('without a name')
    const bytes = dropMessage([one])
    expect(() => readDropMessage(bytes.subarray(0, -4))).toThrow()
    expect(() => readDropMessage(Buffer.concat([bytes, bytes]))).toThrow()
  })

  it('are read or refused, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        try {
          readDroppedMessage(bytes)
        } catch (error) {
          expect(error).toMatchObject({ name: 'FormatError' })
        }
      }),
    )
  })
})
