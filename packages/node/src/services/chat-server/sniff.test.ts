import { expect, test } from 'vitest'
import { sniff } from './sniff.ts'

const latin = (text: string) => Buffer.from(text, 'latin1')

test.each([
  ['image/png', '\x89PNG\r\n\x1a\n\0\0'],
  ['image/jpeg', '\xff\xd8\xff\xe0'],
  ['image/webp', 'RIFF\0\0\0\0WEBPVP8 '],
  ['audio/wav', 'RIFF\0\0\0\0WAVEfmt '],
  ['audio/mp4', '\0\0\0\x20ftypM4A '],
  ['video/mp4', '\0\0\0\x20ftypisom'],
  ['image/avif', '\0\0\0\x20ftypavif'],
  ['audio/ogg', 'OggS\0\x02OpusHead'],
  ['video/webm', '\x1a\x45\xdf\xa3\x42\x82\x84webm'],
])('%s is known by how it begins', (type, text) => {
  expect(sniff(latin(text))).toBe(type)
})

test('what can run in a page is for saving, whatever it is called', () => {
  const texts = [
    '<svg xmlns="http://www.w3.org/2000/svg">',
    '<?xml version="1.0"?><svg>',
    '<!doctype html>',
    '%PDF-1.7',
  ]
  for (const text of [...texts, 'GIF', 'RIFF\0\0\0\0AVI ', 'hello', '']) expect(sniff(latin(text))).toBeUndefined()
})
