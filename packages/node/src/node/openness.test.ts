import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { silentLog } from '../base/log.ts'
import { memoryDirectory } from '../stores/directory/memory.ts'
import { parseConfig } from './config/config.ts'
import { opennessOf, openPlaces, tenable } from './openness.ts'

function configOf(listen: string) {
  const parsed = parseConfig(`[node]\nname = "camp"\n[listen]\n${listen}`)
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults))
  return parsed.config
}

test('what was set in the web holds where posthorn.toml and the command say nothing', async () => {
  const directory = memoryDirectory()
  const of = (listen: string, lan = false) => opennessOf(configOf(listen), directory, { lan })
  expect(of('')).toEqual({ lan: false, by: 'setting', fault: null })
  await directory.nodeSettings.setLan(true)
  expect(of('')).toEqual({ lan: true, by: 'setting', fault: null })
  expect(of('lan = false')).toEqual({ lan: false, by: 'file', fault: null })
  expect(of('lan = false', true)).toEqual({ lan: true, by: 'start', fault: null })
  await directory.nodeSettings.setLan(false)
  expect(of('lan = true')).toEqual({ lan: true, by: 'file', fault: null })
})

test('what another program hinders stays shut where the web had opened it, not where an operator had', async () => {
  const other = createServer()
  await new Promise<void>(resolve => other.listen(0, '127.0.0.2', resolve))
  onTestFinished(() => void other.close())
  const port = (other.address() as { port: number }).port
  const named = { smtp: 0, smtps: 0, imap: 0, imaps: 0, pop3: 0, pop3s: 0, nncp: 0 }
  const taken = openPlaces('127.0.0.2', { ...named, web: port })
  const set = { lan: true, by: 'setting', fault: null } as const
  expect(await tenable(set, taken, silentLog)).toEqual({
    ...{ lan: false, by: 'setting' },
    fault: expect.stringContaining(`Another program listens on 127.0.0.2:${port}`),
  })
  expect(await tenable(set, openPlaces('127.0.0.2', { ...named, web: 0 }), silentLog)).toEqual(set)
  const written = { lan: true, by: 'file', fault: null } as const
  expect(await tenable(written, taken, silentLog)).toEqual(written)
})
