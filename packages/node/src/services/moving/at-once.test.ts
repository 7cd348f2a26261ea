import { describe, expect, it } from 'vitest'
import { atOnce } from './at-once.ts'

async function* items(sizes: readonly number[]) {
  yield* sizes
}

/** Runs until everything that may begin has begun, then lets one end, and so on; tells what ran together. */
async function watch(sizes: readonly number[], bounds: { countMax: number; bytesMax: number }): Promise<number[][]> {
  const seen: number[][] = []
  const running: number[] = []
  const ends: (() => void)[] = []
  const all = atOnce(items(sizes), { ...bounds, sizeOf: size => size }, async size => {
    running.push(size)
    seen.push([...running])
    await new Promise<void>(resolve => ends.push(resolve))
    running.splice(running.indexOf(size), 1)
  })
  let done = false
  const finished = all.finally(() => {
    done = true
  })
  while (!done) {
    await new Promise(resolve => setImmediate(resolve))
    ends.shift()?.()
  }
  await finished
  return seen
}

describe('working on many at once', () => {
  it('keeps to its bounds, and does everything', async () => {
    const byCount = await watch([1, 1, 1, 1, 1], { countMax: 2, bytesMax: 100 })
    expect(Math.max(...byCount.map(together => together.length))).toBe(2)
    expect(byCount).toHaveLength(5)
    const byBytes = await watch([3, 3, 3, 50, 3], { countMax: 9, bytesMax: 7 })
    expect(byBytes).toEqual([[3], [3, 3], [3, 3], [50], [3]])
  })

  it('ends with the first error, and begins nothing more', async () => {
    const begun: number[] = []
    const work = async (item: number) => {
      begun.push(item)
      if (item === 2) throw new RangeError('broken')
    }
    const bounds = { countMax: 1, bytesMax: 9, sizeOf: () => 1 }
    await expect(atOnce(items([1, 2, 3, 4]), bounds, work)).rejects.toThrow('broken')
    expect(begun).toEqual([1, 2])
  })
})
