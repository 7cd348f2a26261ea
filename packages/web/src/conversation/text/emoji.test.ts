import { expect, test } from 'vitest'
import { largeEmoji } from './emoji.ts'

test.each([
  ['😀', 1],
  ['👍🏽', 1],
  ['👨‍👩‍👧‍👦 ❤️', 2],
  ['🇺🇦🇩🇪', 2],
  ['1️⃣', 1],
  ['😀😀😀😀😀', 5],
  ['😀😀😀😀😀😀', 0],
  ['😀 hi', 0],
  ['42', 0],
  ['#', 0],
  ['©', 0],
  ['', 0],
  ['\u200b', 0],
])('%s: %i', (text, count) => {
  expect(largeEmoji(text)).toBe(count)
})
