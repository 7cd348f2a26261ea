import { beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../fakes.ts'
import { StorageGate } from './storage-gate.ts'

const limits = { storageHoldMs: 1000, storageHoldMsMax: 60_000, storageTrialMs: 500, storageTrialBytesMax: 10_000 }

let clock: ManualClock
let roomBytes: number
let trials: number[]
let gate: StorageGate
beforeEach(() => {
  clock = new ManualClock()
  roomBytes = 0
  trials = []
  const trial = async (sizeBytes: number) => {
    trials.push(sizeBytes)
    return sizeBytes <= roomBytes
  }
  gate = new StorageGate({ clock, limits, trial })
})

describe('the storage gate', () => {
  it('is open to all but the one whose letter could not be stored', async () => {
    gate.failed('alice', 100)
    expect(await gate.isOpen('bob')).toBe(true)
    expect(await gate.isOpen('alice')).toBe(false)
    expect(trials).toEqual([])
  })

  it('opens when a trial shows room, and forgets with the next letter that was stored', async () => {
    gate.failed('alice', 100)
    clock.pass(1000)
    expect(await gate.isOpen('alice')).toBe(false)
    roomBytes = 100
    expect(await gate.isOpen('alice'), 'the last trial still counts').toBe(false)
    clock.pass(500)
    expect(await gate.isOpen('alice')).toBe(true)
    expect(trials).toEqual([100, 100])
    gate.succeeded('alice')
    expect(await gate.isOpen('alice')).toBe(true)
    expect(trials.length).toBe(2)
  })

  it('asks for more room and more patience with each failure, up to a limit', async () => {
    roomBytes = Number.POSITIVE_INFINITY
    const holds = []
    for (let count = 0; count < 10; count++) {
      gate.failed('alice', 100)
      let heldMs = 0
      for (; !(await gate.isOpen('alice')); heldMs += 1000) clock.pass(1000)
      holds.push(heldMs)
    }
    expect(holds).toEqual([1000, 4000, 16_000, 60_000, 60_000, 60_000, 60_000, 60_000, 60_000, 60_000])
    expect(trials).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000])
  })

  it('makes one trial for all that knock at the same time', async () => {
    gate.failed('alice', 100)
    clock.pass(1000)
    roomBytes = 100
    expect(await Promise.all([gate.isOpen('alice'), gate.isOpen('alice'), gate.isOpen('alice')])).toEqual([
      true,
      true,
      true,
    ])
    expect(trials).toEqual([100])
  })

  it('is not kept shut by a clock that was set back', async () => {
    gate.failed('alice', 100)
    roomBytes = 100
    clock.pass(-365 * 86_400_000)
    expect(await gate.isOpen('alice')).toBe(true)
  })
})
