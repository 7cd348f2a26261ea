// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

beforeEach(() => {
  localStorage.clear()
  vi.resetModules()
})
afterEach(() => vi.unstubAllGlobals())
const load = () => import('./preferences.ts')

test('what was chosen is shown at once, and again after a reload', async () => {
  const { applyPreferences, prefer } = await load()
  const root = document.createElement('html')
  applyPreferences(root)
  expect(root.dataset).toMatchObject({ theme: 'system', density: 'calm' })
  prefer({ theme: 'dark', textSize: 125 })
  expect(root.dataset['theme']).toBe('dark')
  expect(root.style.getPropertyValue('--text-size')).toBe('125%')
  vi.resetModules()
  const again = await load()
  expect(again.usePreferences.getState()).toMatchObject({ theme: 'dark', textSize: 125, language: 'system' })
})

test('what the browser draws around the page follows, whatever the device wishes', async () => {
  const { applyPreferences, prefer } = await load()
  document.head.innerHTML = ['light', 'dark']
    .map(scheme => `<meta name="theme-color" media="(prefers-color-scheme: ${scheme})" content="">`)
    .join('')
  const colors = () => Array.from(document.querySelectorAll('meta'), meta => meta.content)
  applyPreferences(document.documentElement)
  const [light, dark] = colors()
  expect(light).not.toBe(dark)
  prefer({ theme: 'dark' })
  expect(colors()).toEqual([dark, dark])
})

test.each(['{', 'null', '[]', '{"theme":"<script>","textSize":1e9,"language":"__proto__","enterSends":"no"}'])(
  'what was kept and makes no sense is passed over: %s',
  async kept => {
    localStorage.setItem('posthorn.preferences', kept)
    const { usePreferences } = await load()
    const usual = { theme: 'system', textSize: 100, language: 'system', enterSends: true }
    expect(usePreferences.getState()).toMatchObject(usual)
  },
)

test('a browser that keeps nothing still does as it is told', async () => {
  vi.stubGlobal('localStorage', {
    getItem: () => {
      throw new Error('denied')
    },
    setItem: () => {
      throw new Error('denied')
    },
  })
  const { prefer, usePreferences } = await load()
  prefer({ theme: 'light' })
  expect(usePreferences.getState().theme).toBe('light')
})
