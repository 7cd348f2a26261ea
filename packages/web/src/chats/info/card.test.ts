import { expect, test } from 'vitest'
import { fileNameOf } from './card.ts'

test.each([
  ['Ann', 'Ann.vcf'],
  ['../../etc/passwd', 'etcpasswd.vcf'],
  ['C:\\Windows\\x.exe', 'CWindowsxexe.vcf'],
  ['سلام', 'سلام.vcf'],
  ['...', 'contact.vcf'],
  ['a\u202Efcv.exe', 'afcvexe.vcf'],
])('the card of %s is saved as %s', (name, file) => {
  expect(fileNameOf({ name })).toBe(file)
})
