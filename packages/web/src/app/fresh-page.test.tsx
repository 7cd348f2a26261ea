// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { FreshPage } from './fresh-page.tsx'

afterEach(() => {
  cleanup()
  window.location.hash = ''
})

test.each(['http://127.0.0.1:8470/#/set-up/kzjw-b7ae-488b-68iu', ' KZJW-b7ae-488b-68iu '])(
  '%j leads to the set-up',
  given => {
    render(<FreshPage />)
    fireEvent.change(screen.getByRole('textbox', { name: 'Link or code' }), { target: { value: given } })
    fireEvent.click(screen.getByRole('button', { name: 'Go on' }))
    expect(window.location.hash).toBe('#/set-up/kzjw-b7ae-488b-68iu')
  },
)

test('what is no code is said to be none', () => {
  render(<FreshPage />)
  fireEvent.change(screen.getByRole('textbox'), { target: { value: 'javascript:alert(1)' } })
  fireEvent.click(screen.getByRole('button', { name: 'Go on' }))
  expect(window.location.hash).toBe('')
  expect(screen.getByText('That is not the link or the code.')).toBeDefined()
})
