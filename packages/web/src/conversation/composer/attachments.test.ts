import { expect, test } from 'vitest'
import { kindOf, nameOf } from './attachments.ts'

test.each([
  ['image/png', 'a.png', 'image'],
  ['image/gif', 'a.gif', 'gif'],
  ['image/svg+xml', 'a.svg', 'file'],
  ['video/mp4', 'a.mp4', 'video'],
  ['audio/ogg', 'a.ogg', 'audio'],
  ['text/vcard', 'a', 'vcard'],
  ['', 'Ann.VCF', 'vcard'],
  ['text/html', 'a.html', 'file'],
  ['', 'a', 'file'],
])('%s %s travels as %s', (type, name, kind) => {
  expect(kindOf({ type, name })).toBe(kind)
})

test('a pasted picture is given a name, another keeps its own', () => {
  const at = new Date('2026-04-07T10:11:12Z')
  expect(nameOf(new File([], 'image.png', { type: 'image/png' }), at)).toBe('image 2026-04-07 10-11-12.png')
  expect(nameOf(new File([], 'plan.pdf', { type: 'application/pdf' }), at)).toBe('plan.pdf')
  expect(nameOf(new File([], `${'x'.repeat(300)}.pdf`), at)).toHaveLength(255)
})
