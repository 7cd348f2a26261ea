// @vitest-environment happy-dom
import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { TooltipProvider } from '../ui/index.ts'
import { fitting } from './fuzzy.ts'
import { type Action, addPlaces, keysForPeople, listenToKeys, menuItem, offer, openPalette } from './index.ts'
import { Palette } from './palette.tsx'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

function offered(changes: Partial<Action> & { id: string }): Action & { run: ReturnType<typeof vi.fn> } {
  const action = { words: () => changes.id, ...changes, run: vi.fn() }
  ends.push(offer([action]))
  return action
}

describe('keys', () => {
  beforeEach(() => {
    ends.push(listenToKeys(window))
    document.body.innerHTML = '<input id="text"><button id="button"></button>'
  })
  const press = (key: string, more: KeyboardEventInit = {}, on = 'button') =>
    fireEvent.keyDown(document.getElementById(on) ?? document.body, { key, ...more })

  test.each([
    ['Mod+k', { key: 'k', ctrlKey: true }, true],
    ['Mod+k', { key: 'K', ctrlKey: true }, true],
    ['Mod+k', { key: 'k' }, false],
    ['Mod+k', { key: 'k', ctrlKey: true, shiftKey: true }, false],
    ['Mod+k', { key: 'k', ctrlKey: true, altKey: true }, false],
    ['Alt+ArrowDown', { key: 'ArrowDown', altKey: true }, true],
    ['?', { key: '?', shiftKey: true }, true],
    ['?', { key: '?' }, true],
  ])('%s by %o: %s', (keys, { key, ...more }, isMeant) => {
    const { run } = offered({ id: 'a', keys: [keys] })
    press(key, more)
    expect(run).toHaveBeenCalledTimes(isMeant ? 1 : 0)
  })

  test('who writes a question mark means the letter', () => {
    const sign = offered({ id: 'keys', keys: ['?'] })
    const find = offered({ id: 'find', keys: ['Mod+k'] })
    const stop = offered({ id: 'stop', keys: ['Escape'], whileWriting: true })
    press('?', {}, 'text')
    press('k', { ctrlKey: true }, 'text')
    press('Escape', {}, 'text')
    expect([sign, find, stop].map(({ run }) => run.mock.calls.length)).toEqual([0, 1, 1])
  })

  test('of two with the same keys the last offered that is possible is meant', () => {
    const page = offered({ id: 'page', keys: ['Escape'] })
    const chat = offered({ id: 'chat', keys: ['Escape'] })
    const selection = offered({ id: 'selection', keys: ['Escape'], isPossible: () => false })
    press('Escape')
    expect([page, chat, selection].map(({ run }) => run.mock.calls.length)).toEqual([0, 1, 0])
  })

  test('under a dialog nothing happens', () => {
    const { run } = offered({ id: 'a', keys: ['Mod+k'] })
    document.body.insertAdjacentHTML('beforeend', '<dialog open></dialog>')
    press('k', { ctrlKey: true })
    expect(run).not.toHaveBeenCalled()
  })

  test('are written for people, in menus too', () => {
    expect(keysForPeople('Alt+ArrowDown')).toBe('Alt+↓')
    const item = menuItem(offered({ id: 'a', keys: ['Mod+k', '/'], isPossible: () => false }))
    expect(item).toMatchObject({ id: 'a', label: 'a', keys: 'Ctrl+K', disabled: true })
  })
})

describe('fuzzy', () => {
  const names = ['Jörg Müller', 'Camp kitchen', 'Kit for repair', 'Network', 'Mark all as read']
  test.each([
    ['', names],
    ['kit', ['Kit for repair', 'Camp kitchen']],
    ['jorg mul', ['Jörg Müller']],
    ['ck', ['Camp kitchen']],
    ['kitchen camp', ['Camp kitchen']],
    ['zebra', []],
  ])('%s', (query, found) => {
    expect(fitting(query, names, name => name)).toEqual(found)
  })
})

describe('the palette', () => {
  beforeEach(() => {
    document.body.innerHTML = ''
    render(
      <TooltipProvider>
        <Palette />
      </TooltipProvider>,
    )
  })
  afterEach(() => act(() => openPalette('no')))
  const options = () => screen.queryAllByRole('option', { hidden: true }).map(option => option.textContent)

  test('finds places and actions, and Enter runs what is chosen', async () => {
    const archive = offered({ id: 'Archive chat' })
    offered({ id: 'Add a neighbour' })
    const go = vi.fn()
    ends.push(addPlaces(async query => ('ann'.startsWith(query) ? [{ id: 'chat-1', label: 'Ann', go }] : [])))
    act(() => openPalette('palette'))
    await waitFor(() => expect(options()).toEqual(['Ann', 'Add a neighbour', 'Archive chat']))
    const input = screen.getByRole('combobox', { hidden: true })
    fireEvent.change(input, { target: { value: 'arch' } })
    await waitFor(() => expect(options()).toEqual(['Archive chat']))
    fireEvent.keyDown(input, { key: 'Enter' })
    expect(archive.run).toHaveBeenCalledOnce()
    expect(go).not.toHaveBeenCalled()
    expect(screen.queryByRole('combobox', { hidden: true })).toBeNull()
  })

  test('a finder that fails takes nothing away from the others', async () => {
    ends.push(addPlaces(() => Promise.reject(new Error('offline'))))
    ends.push(addPlaces(async () => [{ id: 'p', label: 'Page', go: () => {} }]))
    act(() => openPalette('palette'))
    await waitFor(() => expect(options()).toEqual(['Page']))
  })

  test('shows all keys', () => {
    offered({ id: 'Find', keys: ['Mod+k'] })
    offered({ id: 'Nameless' })
    act(() => openPalette('keys'))
    const dialog = screen.getByRole('dialog', { hidden: true })
    expect(within(dialog).getByText('Ctrl+K')).toBeTruthy()
    expect(within(dialog).queryByText('Nameless')).toBeNull()
  })
})
