import { expect, test } from 'vitest'
import { boxOf } from './box.ts'

test('a large picture is made to fit, in its shape', () => {
  expect(boxOf({ width: 3400, height: 1700 })).toEqual({ width: 340, height: 170 })
  expect(boxOf({ width: 1000, height: 3800 })).toEqual({ width: 100, height: 380 })
  expect(boxOf({ width: 200, height: 150 })).toEqual({ width: 200, height: 150 })
})

test('what says nothing of its size, or nonsense, has a place all the same', () => {
  for (const size of [null, 0, -5]) expect(boxOf({ width: size, height: 10 })).toEqual({ width: 300, height: 225 })
  expect(boxOf({ width: 100_000, height: 1 })).toEqual({ width: 340, height: 96 })
  expect(boxOf({ width: 1, height: 1 })).toEqual({ width: 96, height: 96 })
})
