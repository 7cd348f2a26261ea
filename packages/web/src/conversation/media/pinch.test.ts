import { expect, test } from 'vitest'
import { scaled } from './pinch.ts'

const whole = { scale: 1, x: 0, y: 0 }

test('what is under the pointer stays under it', () => {
  const near = scaled(whole, 2, 100, -50)
  expect(near).toEqual({ scale: 2, x: -100, y: 50 })
  // A point of the photo at p is shown at p * scale + shift.
  expect(100 * near.scale + near.x).toBe(100)
})

test('nothing is smaller than whole, or larger than can be seen', () => {
  expect(scaled({ scale: 2, x: 30, y: 30 }, 0.1)).toEqual(whole)
  expect(scaled(whole, 1000).scale).toBe(8)
})
