import { expect, test } from 'vitest'
import { dragged, inside, wholeSquare, zoomed, zoomOf } from './square.ts'

const wide = { width: 400, height: 200 }

test('at first the middle is shown, as much of it as fits', () => {
  expect(wholeSquare(wide)).toEqual({ x: 200, y: 100, side: 200 })
})

test('a square never leaves the picture', () => {
  expect(inside(wide, { x: -50, y: 900, side: 5000 })).toEqual({ x: 100, y: 100, side: 200 })
  expect(dragged(wide, wholeSquare(wide), { x: 10_000, y: 0 }, 100)).toEqual({ x: 100, y: 100, side: 200 })
})

test('dragging moves the picture with the finger, whatever its size on the screen', () => {
  const close = zoomed(wide, wholeSquare(wide), 0.5)
  const moved = dragged(wide, close, { x: 10, y: -5 }, close.side / 2)
  expect([moved.x, moved.y]).toEqual([180, 110])
})

test('zoom goes from all to an eighth, and can be read off', () => {
  expect(zoomed(wide, wholeSquare(wide), 1).side).toBe(25)
  expect(zoomed(wide, wholeSquare(wide), 7).side).toBe(25)
  expect(zoomOf(wide, zoomed(wide, wholeSquare(wide), 0.25))).toBeCloseTo(0.25)
})
