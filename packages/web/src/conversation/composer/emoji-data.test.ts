import german from 'emojibase-data/de/compact.json'
import messages from 'emojibase-data/de/messages.json'
import { expect, test } from 'vitest'
import { dataOf } from './emoji-data.ts'

test('emoji have names in the language, their groups, and five skins', () => {
  const { emojis, categories, skinTones } = dataOf('de', german, messages)
  expect(emojis.length).toBeGreaterThan(1800)
  const wave = emojis.find(({ emoji }) => emoji === '👋')
  expect(wave).toMatchObject({ label: 'winkende Hand', category: 1 })
  expect(Object.keys(wave?.skins ?? {})).toEqual(['light', 'medium-light', 'medium', 'medium-dark', 'dark'])
  expect(wave?.skins?.dark).toBe('👋🏿')
  const named = new Set(categories.map(({ index }) => index))
  expect(named.has(2)).toBe(false)
  expect(emojis.every(({ category }) => named.has(category))).toBe(true)
  expect(skinTones.medium).toBe('mittlerer Hautton')
})
