// @vitest-environment happy-dom
import { describe, expect, test } from 'vitest'
import type { Say, Text, Words } from '../i18n/index.ts'
import type { Translation } from '../i18n/language.ts'

const rooms = import.meta.glob<{ say?: Say<Words> }>('../*/**/words.ts', { eager: true })
const translations = import.meta.glob<{ default: Translation }>('../i18n/languages/*/index.ts', { eager: true })
const english = new Map(Object.values(rooms).flatMap(({ say }) => (say === undefined ? [] : [[say.area, say.words]])))

function paramsOf(text: string): readonly string[] {
  return [...new Set(Array.from(text.matchAll(/\{(\w+)\}/g), ([, name = '']) => name))].sort()
}

function formsOf(text: Text): Readonly<Record<string, string>> {
  return typeof text === 'string' ? { other: text } : { ...text }
}

test('each area has a name of its own', () => {
  expect(english.size).toBeGreaterThanOrEqual(5)
  expect(Object.values(rooms).filter(({ say }) => say !== undefined)).toHaveLength(english.size)
})

describe.each(Object.entries(translations))('%s', (path, { default: translation }) => {
  const language = path.split('/').at(-2) ?? ''
  const entries = Object.entries(translation).flatMap(([area, texts]) =>
    Object.entries(texts).map(([key, text]) => [area, key, text] as const),
  )

  test('no text is missing', () => {
    const missing = Array.from(english).flatMap(([area, texts]) =>
      Object.keys(texts)
        .filter(key => !Object.hasOwn(translation[area] ?? {}, key))
        .map(key => `${area} ${key}`),
    )
    expect(missing).toEqual([])
  })

  test.each(entries)('%s %s says what the English says', (area, key, text) => {
    const own = english.get(area)?.[key]
    if (own === undefined) throw new Error('there is no such text any more')
    const params = paramsOf(Object.values(formsOf(own)).join(' '))
    expect(typeof text).toBe(typeof own)
    for (const [form, words] of Object.entries(formsOf(text))) {
      // Some languages write the number of one or two in words.
      const mayLack = ['zero', 'one', 'two'].includes(form) ? params.filter(name => name !== 'count') : params
      expect(params).toEqual(expect.arrayContaining([...paramsOf(words)]))
      expect(paramsOf(words)).toEqual(expect.arrayContaining([...mayLack]))
    }
    // Where the words stay the same whatever the number, one form is as good as all.
    if (typeof text === 'string' || new Set(Object.values(text)).size === 1) return
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions()
    // `many` of Spanish is for whole millions: the other form is as good there.
    const needed = pluralCategories.filter(form => form !== 'many' || language === 'uk' || language === 'ar')
    expect(Object.keys(text)).toEqual(expect.arrayContaining([...needed]))
  })
})
