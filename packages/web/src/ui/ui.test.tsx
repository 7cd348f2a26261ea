// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { Archive } from 'lucide-react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  Button,
  Choice,
  Dialog,
  IconButton,
  Menu,
  Progress,
  SelectField,
  Switch,
  TextField,
  UiProvider,
} from './index.ts'

afterEach(cleanup)
const show = (part: React.ReactElement) => render(<UiProvider direction="ltr">{part}</UiProvider>)

describe('a dialog', () => {
  test('is named by its title, and closes by its cross, by Escape, and by a press beside it', () => {
    const onClose = vi.fn()
    show(
      <Dialog title="Delete chat?" onClose={onClose}>
        <p>All of it</p>
      </Dialog>,
    )
    const dialog = screen.getByRole('dialog', { name: 'Delete chat?' })
    act(() => screen.getByRole('button', { name: 'Close' }).click())
    expect(onClose).toHaveBeenCalledTimes(1)
    fireEvent(dialog, new Event('cancel', { cancelable: true }))
    expect(onClose).toHaveBeenCalledTimes(2)
    fireEvent.mouseDown(screen.getByText('All of it'))
    expect(onClose).toHaveBeenCalledTimes(2)
    fireEvent.mouseDown(dialog)
    expect(onClose).toHaveBeenCalledTimes(3)
  })

  test('begins where one writes', () => {
    show(
      <Dialog title="New group" onClose={() => {}}>
        <TextField label="Name" />
      </Dialog>,
    )
    expect(document.activeElement).toBe(screen.getByLabelText('Name'))
  })
})

describe('a menu', () => {
  test('opens by keyboard, leaves out empty groups, and runs what is chosen', () => {
    const run = vi.fn()
    const items = [[], [{ id: 'archive', label: 'Archive', keys: 'Ctrl+E', icon: Archive, run }]]
    show(
      <Menu items={items}>
        <Button>More</Button>
      </Menu>,
    )
    fireEvent.keyDown(screen.getByRole('button', { name: 'More' }), { key: 'Enter' })
    expect(screen.queryByRole('separator')).toBeNull()
    fireEvent.click(screen.getByRole('menuitem', { name: /Archive/ }))
    expect(run).toHaveBeenCalledOnce()
  })
})

describe('fields', () => {
  test('tell what is wrong, and are marked so', () => {
    show(<TextField label="Name" hint="As others see it" fault="Too long" />)
    const field = screen.getByLabelText('Name')
    expect(field.getAttribute('aria-invalid')).toBe('true')
    const description = document.getElementById(field.getAttribute('aria-describedby') ?? '')
    expect(description?.textContent).toBe('Too long')
  })

  test('a password is shown only when asked', () => {
    show(<TextField label="Password" type="password" />)
    const type = () => screen.getByLabelText('Password').getAttribute('type')
    expect(type()).toBe('password')
    act(() => screen.getByRole('button', { name: 'Show' }).click())
    expect(type()).toBe('text')
    act(() => screen.getByRole('button', { name: 'Hide' }).click())
    expect(type()).toBe('password')
  })

  test('choices tell what was chosen', () => {
    const onChoose = vi.fn()
    const choices = [
      { value: 'a', label: 'First' },
      { value: 'b', label: 'Second' },
    ]
    show(
      <>
        <Choice label="One" value="a" choices={choices} onChoose={onChoose} />
        <SelectField label="Other" value="a" choices={choices} onChoose={onChoose} />
      </>,
    )
    fireEvent.click(screen.getByRole('radio', { name: 'Second' }))
    fireEvent.change(screen.getByRole('combobox', { name: 'Other' }), { target: { value: 'b' } })
    expect(onChoose.mock.calls).toEqual([['b'], ['b']])
  })

  test('a switch says what it would become', () => {
    const onChange = vi.fn()
    show(<Switch label="Stay" on onChange={onChange} />)
    fireEvent.click(screen.getByRole('switch', { name: 'Stay' }))
    expect(onChange).toHaveBeenCalledWith(false)
  })
})

test('what works cannot be pressed again, and says that it works', () => {
  const onClick = vi.fn()
  show(
    <Button busy onClick={onClick}>
      Send
    </Button>,
  )
  const button = screen.getByRole('button', { name: /Send/ })
  fireEvent.click(button)
  expect(onClick).not.toHaveBeenCalled()
  expect(button.getAttribute('aria-busy')).toBe('true')
})

test('a button of an icon has a name; progress that is not known has no value', () => {
  show(
    <>
      <IconButton icon={Archive} label="Archive" pressed />
      <Progress label="Sending" done={1} total={null} />
    </>,
  )
  expect(screen.getByRole('button', { name: 'Archive' }).getAttribute('aria-pressed')).toBe('true')
  expect(screen.getByRole('progressbar', { name: 'Sending' }).hasAttribute('value')).toBe(false)
})
