import encodeQr from 'qr'
import { expect, test } from 'vitest'
import { textInFrame, textInPicture } from './read.ts'

/** A code as a camera would see it: dark on light, a few pixels to a square. */
function photographed(text: string, scale: number) {
  const rows = encodeQr(text, 'raw', { ecc: 'medium', border: 4 })
  const width = rows.length * scale
  const data = new Uint8ClampedArray(width * width * 4).fill(255)
  for (let y = 0; y < width; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (rows[Math.floor(y / scale)]?.[Math.floor(x / scale)] === true) data.set([0, 0, 0], (y * width + x) * 4)
    }
  }
  return { width, height: width, data }
}

const invite = `https://i.delta.chat/#${'ABCDEF0123'.repeat(4)}&a=ann%40camp.example&n=Ann&i=Xk3s8dkW0aB&s=Pq9x2LmN4cD`

test('what is drawn can be read back, by a camera and from a picture', () => {
  const pixels = photographed(invite, 4)
  expect(textInFrame(pixels)).toBe(invite)
  expect(textInPicture(pixels)).toBe(invite)
})

test('letters of any script come back', () => {
  expect(textInPicture(photographed('Лагерь ⛺ مخيم', 4))).toBe('Лагерь ⛺ مخيم')
})

test('a picture without a code is no error', () => {
  const blank = { width: 64, height: 64, data: new Uint8ClampedArray(64 * 64 * 4).fill(200) }
  expect(textInPicture(blank)).toBeUndefined()
  expect(textInFrame({ width: 0, height: 0, data: new Uint8ClampedArray() })).toBeUndefined()
})
