import { expect, test } from 'vitest'
import { pathOfHash } from './entrance.ts'

test('a link with a secret behind # leads to its page, anything else nowhere', () => {
  expect(pathOfHash('#/set-up/kzjw-b7ae-488b-68iu')).toBe('/set-up/kzjw-b7ae-488b-68iu')
  expect(pathOfHash('#/join/abc_DEF-123')).toBe('/join/abc_DEF-123')
  for (const hash of ['', '#', '#/', '#/settings', '#/join/', '#//example.org/x', '#/join/../x', '#javascript:1']) {
    expect(pathOfHash(hash)).toBeNull()
  }
})
