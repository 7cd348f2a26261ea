import { describe, expect, test } from 'vitest'
import { piecesOf } from './links.ts'

const links = (text: string) => piecesOf(text).flatMap(({ href }) => (href === null ? [] : [href]))

test('links of the web, mail and telephone are found, with the text around them', () => {
  expect(piecesOf('See https://example.org/a?b=1, or write to ann@example.org.')).toEqual([
    { text: 'See ', at: 0, href: null },
    { text: 'https://example.org/a?b=1', at: 4, href: 'https://example.org/a?b=1' },
    { text: ', or write to ', at: 29, href: null },
    { text: 'ann@example.org', at: 43, href: 'mailto:ann@example.org' },
    { text: '.', at: 58, href: null },
  ])
  expect(links('tel:+49 30 1234')).toEqual(['tel:+49 30 1234'])
  expect(links('www.example.com')).toEqual(['http://www.example.com/'])
  expect(piecesOf('')).toEqual([])
})

describe('hostile links stay text', () => {
  test.each([
    'javascript:alert(1)',
    'JaVaScRiPt://example.org/%0aalert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'ftp://example.org/x',
    'blob:https://example.org/1',
    '//example.org/x',
    'https://bank.example@evil.example/',
    'https://exam\u200bple.org/x\u202egpj',
  ])('%s', text => {
    for (const href of links(text)) expect(href).toMatch(/^(https?:\/\/[a-z.]+\/|mailto:)/)
    expect(links(text).filter(href => /script|data:|file:|ftp:|blob:|@evil\.example\/|%E2%80/i.test(href))).toEqual([])
    expect(
      piecesOf(text)
        .map(piece => piece.text)
        .join(''),
    ).toBe(text)
  })

  test('foreign letters in a host are shown in the address as they are looked up', () => {
    expect(links('https://аpple.example/')).toEqual(['https://xn--pple-43d.example/'])
  })
})

test('a hundred thousand letters without a blank, and as many links, are taken in stride', () => {
  const long = 'a'.repeat(100_000)
  expect(piecesOf(long)).toEqual([{ text: long, at: 0, href: null }])
  for (const part of ['http://a.b/', 'a@', '//', 'www.', '(', '.']) {
    const text = part.repeat(Math.floor(100_000 / part.length))
    expect(
      piecesOf(text)
        .map(piece => piece.text)
        .join(''),
    ).toBe(text)
  }
})
