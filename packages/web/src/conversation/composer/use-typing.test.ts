// @vitest-environment happy-dom
import { renderHook } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openPalette } from '../../actions/index.ts'
import { useTypingAnywhere } from './use-typing.ts'

beforeEach(() => {
  vi.stubGlobal('matchMedia', () => ({ matches: true }))
  document.body.innerHTML = '<textarea></textarea>'
})
afterEach(() => {
  openPalette('no')
  vi.unstubAllGlobals()
})
const field = () => document.querySelector('textarea')
const begin = () => renderHook(() => useTypingAnywhere({ current: field() }))

test('whoever opens a chat writes at once, but no menu that is open loses the focus', () => {
  const menu = document.createElement('div')
  menu.setAttribute('role', 'menu')
  menu.tabIndex = -1
  document.body.append(menu)
  menu.focus()
  begin().unmount()
  expect(document.activeElement).toBe(menu)
  menu.remove()
  begin().unmount()
  expect(document.activeElement).toBe(field())
})

test('whom the palette led to the chat that is open writes in it', async () => {
  const { unmount } = begin()
  openPalette('palette')
  field()?.blur()
  openPalette('no')
  await vi.waitFor(() => expect(document.activeElement).toBe(field()))
  unmount()
})
