import { describe, expect, it } from 'vitest'
import { configText, parseConfig } from './config.ts'

const faultsOf = (text: string) => {
  const parsed = parseConfig(text)
  return 'faults' in parsed ? parsed.faults.map(fault => `${fault.path}: ${fault.message}`) : []
}

describe('posthorn.toml', () => {
  it('is valid as init writes it', () => {
    const ports = { smtp: 0, smtps: 1465, imap: 1143, imaps: 1993, nncp: 0 }
    const parsed = parseConfig(configText({ name: 'camp', ports, loopback: false }))
    expect(parsed).toMatchObject({
      config: { node: { name: 'camp', domains: [] }, listen: { lan: false, smtp: 0, imaps: 1993, nncp: 0 } },
    })
  })

  it('takes calls everywhere and finds others, unless init was told to stay on this machine', () => {
    const ports = { smtp: 0, smtps: 0, imap: 0, imaps: 0, nncp: 0 }
    const lan = { discovery: true, announce: true, mdns: true }
    const open = { config: { listen: { nncp_host: '::' }, lan } }
    expect(parseConfig(configText({ name: 'camp', ports, loopback: false }))).toMatchObject(open)
    expect(parseConfig('[node]\nname = "a"')).toMatchObject(open)
    expect(parseConfig(configText({ name: 'camp', ports, loopback: true }))).toMatchObject({
      config: { listen: { nncp_host: '127.0.0.1' }, lan: { discovery: false } },
    })
  })

  it('needs only a name', () => {
    expect(parseConfig('[node]\nname = "a"')).toMatchObject({
      config: { listen: { smtp: 1587 }, log: { level: 'info' } },
    })
  })

  it('reports all faults at once, each with its path', () => {
    const faults = faultsOf(`
      colour = "red"
      [node]
      name = "Camp!"
      domains = ["Example.org"]
      [listen]
      smtp = 99999
      imap = "143"
      pop3 = 110
      [log]
      level = "chatty"
    `)
    expect(faults.map(fault => fault.split(':')[0] ?? '').sort((a, b) => a.localeCompare(b))).toEqual(
      ['colour', 'listen.imap', 'listen.pop3', 'listen.smtp', 'log.level', 'node.domains.0', 'node.name'].sort(),
    )
    expect(faults).toContain('colour: is not a setting of Posthorn: check its spelling')
  })

  it('names what is missing', () => {
    expect(faultsOf('[listen]\nsmtp = 1')).toEqual(['node: is missing'])
    expect(faultsOf('[node]')).toEqual(['node.name: is missing'])
  })

  it('points at the line of what is not TOML', () => {
    expect(faultsOf('[node]\nname = camp')[0]).toMatch(/line 2/)
  })
})
