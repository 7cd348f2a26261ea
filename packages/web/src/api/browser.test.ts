// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest'
import { browserSocket } from './browser.ts'

afterEach(() => void vi.unstubAllGlobals())

test('threat: a socket is asked for by name, so that it is never another person’s of the same browser', () => {
  const asked: string[] = []
  class Socket extends EventTarget {
    constructor(address: string) {
      super()
      asked.push(address)
    }
  }
  vi.stubGlobal('WebSocket', Socket)
  browserSocket('ann+b', { opened: vi.fn(), received: vi.fn(), closed: vi.fn() })
  expect(asked).toEqual([`ws://${window.location.host}/api/v1/socket?user=ann%2Bb`])
})
