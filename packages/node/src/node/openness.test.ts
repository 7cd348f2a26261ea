import { expect, test } from 'vitest'
import { memoryDirectory } from '../stores/directory/memory.ts'
import { parseConfig } from './config/config.ts'
import { opennessOf } from './openness.ts'

function configOf(listen: string) {
  const parsed = parseConfig(`[node]\nname = "camp"\n[listen]\n${listen}`)
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults))
  return parsed.config
}

test('what was set in the web holds where posthorn.toml and the command say nothing', async () => {
  const directory = memoryDirectory()
  const of = (listen: string, lan = false) => opennessOf(configOf(listen), directory, { lan })
  expect(of('')).toEqual({ lan: false, by: 'setting' })
  await directory.nodeSettings.setLan(true)
  expect(of('')).toEqual({ lan: true, by: 'setting' })
  expect(of('lan = false')).toEqual({ lan: false, by: 'file' })
  expect(of('lan = false', true)).toEqual({ lan: true, by: 'start' })
  await directory.nodeSettings.setLan(false)
  expect(of('lan = true')).toEqual({ lan: true, by: 'file' })
})
