// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, describe, expect, test } from 'vitest'
import { MessageText } from './message-text.tsx'

afterEach(cleanup)

describe('texts of strangers are texts', () => {
  test.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg onload=alert(1)>',
    '"><iframe src="javascript:alert(1)">',
    'photo\u202egpj.exe',
    'zero\u200bwidth',
    '{{constructor.constructor("alert(1)")()}}',
  ])('%s', text => {
    const { container } = render(<MessageText text={text} />)
    expect(container.textContent).toBe(text)
    expect(container.querySelector('script, img, svg, iframe, a')).toBeNull()
    // What turns the direction ends with the text.
    expect(container.querySelector('p')?.getAttribute('dir')).toBe('auto')
  })
})

test('a link leads where it says, in a tab that knows nothing of this page', () => {
  render(<MessageText text="See https://example.org/a and javascript:alert(1)" />)
  const links = screen.getAllByRole('link')
  expect(links.map(link => link.getAttribute('href'))).toEqual(['https://example.org/a'])
  expect(links[0]?.getAttribute('rel')).toBe('noopener noreferrer')
  expect(links[0]?.getAttribute('target')).toBe('_blank')
})

test('a hundred thousand letters are shown in part, until somebody wants all of them', () => {
  const { container } = render(<MessageText text={'a'.repeat(100_000)} />)
  expect(container.querySelector('p')?.textContent?.length).toBeLessThan(4000)
  fireEvent.click(screen.getByRole('button', { name: 'Show all of it' }))
  expect(container.querySelector('p')?.textContent).toHaveLength(100_000)
})

test('a few emoji alone are large, beside words they are not', () => {
  const { container, rerender } = render(<MessageText text="😀👍" alone />)
  expect(container.querySelector('[data-count="2"]')).not.toBeNull()
  rerender(<MessageText text="😀👍 hi" alone />)
  expect(container.querySelector('[data-count]')).toBeNull()
})
