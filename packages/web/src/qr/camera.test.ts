import { expect, test } from 'vitest'
import { openCamera } from './camera.ts'

const refusing = (name: string) => ({
  isSecureContext: true,
  navigator: { mediaDevices: { getUserMedia: () => Promise.reject(new DOMException('no', name)) } },
})

test.each([
  ['NotAllowedError', 'refused'],
  ['NotFoundError', 'none'],
  ['NotReadableError', 'busy'],
  ['SomethingNewError', 'failed'],
])('%s is told as: %s', async (name, problem) => {
  expect(await openCamera(refusing(name))).toEqual({ problem })
})

test('a page that is not secure has no camera, and this is said before anything is asked', async () => {
  expect(await openCamera({ isSecureContext: false, navigator: {} })).toEqual({ problem: 'insecure' })
  expect(await openCamera({ isSecureContext: true, navigator: {} })).toEqual({ problem: 'none' })
})
