import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

/** The colours of the web app, checked here because the tests of a page see no styles. */
const text = readFileSync(new URL('../packages/web/src/ui/tokens.css', import.meta.url), 'utf8')
const pairs = Array.from(text.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g))
const tokens = new Map(pairs.map(([, name = '', light = '', dark = '']) => [name, { light, dark }]))

/** Relative luminance as of WCAG 2.2. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map(at => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, two: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(two)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

function colorOf(name: string, scheme: 'light' | 'dark'): string {
  const token = tokens.get(name)
  if (token === undefined) throw new Error(`--${name} is no colour of two schemes`)
  return token[scheme]
}

const surfaces = ['ground', 'surface', 'surface-raised', 'surface-sunken', 'surface-hover', 'surface-chosen']
const tones = ['good', 'warning', 'danger', 'information']
const readable: readonly (readonly [text: string, on: string])[] = [
  ...surfaces.flatMap(on => ['text', 'text-soft', 'accent-text'].map(name => [name, on] as const)),
  ...tones.flatMap(name => [
    [name, `${name}-soft`] as const,
    [name, 'surface'] as const,
    [name, 'surface-raised'] as const,
  ]),
  ['text-on-accent', 'accent'],
  ['text-on-accent', 'accent-hover'],
  ['text', 'bubble'],
  ['text-soft', 'bubble'],
  ['text', 'bubble-mine'],
  ['bubble-mine-soft', 'bubble-mine'],
]

describe.each(['light', 'dark'] as const)('in %s colours', scheme => {
  test.each(readable)('%s on %s can be read: 4.5 to 1 at least', (name, on) => {
    expect(contrast(colorOf(name, scheme), colorOf(on, scheme))).toBeGreaterThanOrEqual(4.5)
  })

  test.each(['line-strong', 'focus', 'accent'])('%s is seen as an edge: 3 to 1 at least', name => {
    for (const on of ['ground', 'surface', 'surface-raised']) {
      expect(contrast(colorOf(name, scheme), colorOf(on, scheme))).toBeGreaterThanOrEqual(3)
    }
  })
})
