import { expect, test } from 'vitest'
import { callerOf, idle, nodeRig } from './rig.ts'
import { settingsHandlers } from './settings.ts'

const admin = callerOf('alice', 'admin')

test('opening the node is kept, and has it begin anew', async () => {
  const { node } = await nodeRig()
  const settings = settingsHandlers(node)
  expect(await settings['settings.show']({}, admin, idle)).toMatchObject({ name: 'camp', lan: false, lanBy: 'setting' })
  expect(await settings['settings.change']({ lan: false }, admin, idle)).toEqual({ restarts: false })
  const wanted = new Promise<void>(resolve => node.renewal.wanted.addEventListener('abort', () => resolve()))
  expect(await settings['settings.change']({ lan: true }, admin, idle)).toEqual({ restarts: true })
  expect(node.directory.nodeSettings.get()).toEqual({ lan: true })
  await wanted
})

test('what posthorn.toml says is not changed in the web', async () => {
  const { node } = await nodeRig({ openness: { lan: false, by: 'file', fault: null } })
  await expect(settingsHandlers(node)['settings.change']({ lan: true }, admin, idle)).rejects.toMatchObject({
    code: 'set-in-file',
  })
  expect(node.directory.nodeSettings.get()).toEqual({ lan: null })
})

test('what hindered an opening is told until it is shut, and an opening is tried again', async () => {
  const { node } = await nodeRig({ openness: { lan: false, by: 'setting', fault: 'Another program …' } })
  const settings = settingsHandlers(node)
  await node.directory.nodeSettings.setLan(true)
  expect(await settings['settings.show']({}, admin, idle)).toMatchObject({ lan: false, lanFault: 'Another program …' })
  expect(await settings['settings.change']({ lan: false }, admin, idle)).toEqual({ restarts: false })
  expect(await settings['settings.show']({}, admin, idle)).toMatchObject({ lan: false, lanFault: null })
  expect(await settings['settings.change']({ lan: true }, admin, idle)).toEqual({ restarts: true })
})
