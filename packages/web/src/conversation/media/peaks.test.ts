import { expect, test } from 'vitest'
import { peaksOf } from './peaks.ts'

test('loud parts are high, silence is flat', () => {
  const samples = Array.from({ length: 4000 }, (_, at) => (at < 2000 ? 0.1 : 0.4) * (at % 2 === 0 ? 1 : -1))
  const peaks = peaksOf(samples, 4)
  expect(peaks[0]).toBeCloseTo(0.25)
  expect(peaks[3]).toBeCloseTo(1)
  expect(peaksOf(new Float32Array(100), 5)).toEqual([0, 0, 0, 0, 0])
  expect(peaksOf([], 3)).toEqual([0, 0, 0])
})
