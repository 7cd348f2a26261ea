import { afterEach, expect, test, vi } from 'vitest'
import { trayMax } from './attachments.ts'
import { composingOf } from './composing.ts'
import { addFiles, takeOut } from './tray-files.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

test('two handfuls of files at once are no more than the tray holds, and of the rest nothing stays', async () => {
  vi.stubGlobal('createImageBitmap', async () => ({ width: 4, height: 3, close: () => undefined }))
  const [made, gone] = [new Set<string>(), new Set<string>()]
  vi.spyOn(URL, 'createObjectURL').mockImplementation(() => {
    const address = `blob:${made.size}`
    made.add(address)
    return address
  })
  vi.spyOn(URL, 'revokeObjectURL').mockImplementation(address => void gone.add(address))
  const handful = Array.from({ length: trayMax - 5 }, (_, index) => {
    return new File(['x'], `${index}.png`, { type: 'image/png' })
  })
  await Promise.all([addFiles(7, handful), addFiles(7, handful)])
  const { tray } = composingOf(7)
  expect(tray).toHaveLength(trayMax)
  const shown = () => [...made].filter(address => !gone.has(address))
  expect(shown()).toEqual(tray.map(item => item.preview))
  takeOut(7, tray[0]?.key ?? '')
  expect(shown()).toHaveLength(trayMax - 1)
})
