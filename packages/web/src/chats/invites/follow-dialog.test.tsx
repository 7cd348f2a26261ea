// @vitest-environment happy-dom
import type { LinkView } from '@posthorn/api'
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { show, testNode } from '../testing.tsx'
import { FollowDialog } from './follow-dialog.tsx'

beforeEach(() => {
  vi.spyOn(HTMLDialogElement.prototype, 'showModal').mockImplementation(function (this: HTMLDialogElement) {
    this.open = true
  })
})
afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

const link = 'https://i.delta.chat/#ABC&a=ann%40camp.example'

function followed(view: LinkView | Error) {
  const node = testNode({
    'invites.check': () => {
      if (view instanceof Error) throw view
      return view
    },
    'invites.follow': () => ({ chat: 7 }),
    'invites.revoke': () => ({}),
  })
  const go = vi.fn()
  const onClose = vi.fn()
  show(<FollowDialog link={link} go={go} onClose={onClose} />)
  return { node, go, onClose }
}

test('a link is looked at first, and followed only when the person says so', async () => {
  const { node, go, onClose } = followed({ kind: 'contact', contact: 11, name: 'Ann' })
  const start = await screen.findByRole('button', { name: 'Start chat' })
  expect(node.asked).toEqual([['invites.check', { link }]])
  fireEvent.click(start)
  await waitFor(() => expect(go).toHaveBeenCalledWith('/chat/7'))
  expect(node.callsOf('invites.follow')).toEqual([{ link }])
  expect(onClose).toHaveBeenCalledOnce()
})

test('what is no invite leads nowhere: it is shown as a text, and nothing can be clicked that opens it', async () => {
  const url = 'https://evil.example/"><script>x</script>'
  const { node } = followed({ kind: 'web', url })
  await screen.findByText(url)
  expect(document.querySelectorAll('a, script')).toHaveLength(0)
  expect(screen.queryByRole('button', { name: /Start|Join/ })).toBeNull()
  expect(node.callsOf('invites.follow')).toEqual([])
})

test('an invite of one’s own is not followed, but may be made invalid', async () => {
  const { node, onClose } = followed({ kind: 'own', name: 'Me', active: true })
  fireEvent.click(await screen.findByRole('button', { name: 'Make it invalid' }))
  await waitFor(() => expect(onClose).toHaveBeenCalledOnce())
  expect(node.callsOf('invites.revoke')).toEqual([{ link }])
  expect(node.callsOf('invites.follow')).toEqual([])
})

test('a check that fails leads back to the field, with the reason', async () => {
  followed(new Error('the line is down'))
  expect((await screen.findByRole('alert')).textContent).not.toBe('')
  expect(screen.getByRole('textbox', { name: 'Link of the invite' })).toBeTruthy()
})
