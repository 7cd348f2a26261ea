import { describe, expect, it } from 'vitest'
import { configText, parseConfig } from './config.ts'
import { lmtpPlace } from './lmtp.ts'

const faultsOf = (text: string) => {
  const parsed = parseConfig(text)
  return 'faults' in parsed ? parsed.faults.map(fault => `${fault.path}: ${fault.message}`) : []
}

describe('posthorn.toml', () => {
  it('is valid as init writes it', () => {
    const ports = { smtp: 0, smtps: 1465, imap: 1143, imaps: 1993, pop3: 1110, pop3s: 1995, web: 8470, nncp: 0 }
    const parsed = parseConfig(configText({ name: 'camp', ports, loopback: false }))
    expect(parsed).toMatchObject({
      config: { node: { name: 'camp', domains: [] }, listen: { smtp: 0, imaps: 1993, nncp: 0 } },
    })
  })

  it('takes calls everywhere and finds others, unless init was told to stay on this machine', () => {
    const ports = { smtp: 0, smtps: 0, imap: 0, imaps: 0, pop3: 0, pop3s: 0, web: 0, nncp: 0 }
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
      nntp = 119
      [log]
      level = "chatty"
    `)
    expect(faults.map(fault => fault.split(':')[0] ?? '').sort((a, b) => a.localeCompare(b))).toEqual(
      ['colour', 'listen.imap', 'listen.nntp', 'listen.smtp', 'log.level', 'node.domains.0', 'node.name'].sort(),
    )
    expect(faults).toContain('colour: is not a setting of Posthorn: check its spelling')
  })

  it('takes programs of handles, and says what is wrong with them', () => {
    const good = parseConfig('[node]\nname = "a"\n[exec.it]\ncommand = ["/bin/cat", ""]\nfrom = ["*"]')
    const defaults = { timeout_seconds: 3600, tries: 16, at_once: 1, output_bytes_max: 65_536, mail_result_to: [] }
    expect(good).toMatchObject({ config: { exec: { it: { command: ['/bin/cat', ''], from: ['*'], ...defaults } } } })
    const faults = faultsOf(`
      [node]
      name = "a"
      [exec.sendmail]
      command = ["/bin/cat"]
      from = []
      [exec.relative]
      command = ["cat"]
      from = ["Not a name"]
      [exec.empty]
      command = []
      shell = true
      [exec.bounds]
      command = ["/bin/a\\u0000b"]
      from = ["*"]
      timeout_seconds = 0
      at_once = 99
      mail_result_to = ["a b"]
    `)
    expect(faults.map(fault => fault.split(': ')[0] ?? '').sort()).toEqual([
      'exec.bounds.at_once',
      'exec.bounds.command.0',
      'exec.bounds.mail_result_to.0',
      'exec.bounds.timeout_seconds',
      'exec.empty.command',
      'exec.empty.command',
      'exec.empty.from',
      'exec.empty.shell',
      'exec.relative.command',
      'exec.relative.from.0',
      'exec.sendmail',
    ])
    expect(faults).toContain('exec.sendmail: is the mail of this node, and no program')
  })

  it('says how long letters may wait', () => {
    const mailOf = (text: string) => {
      const parsed = parseConfig(`[node]\nname = "a"\n${text}`)
      return 'config' in parsed ? parsed.config.mail : parsed.faults.map(({ path }) => path)
    }
    expect(mailOf('')).toMatchObject({ warn_after_days: 5, return_after_days: 30 })
    expect(mailOf('[mail]\nreturn_after_days = 0')).toMatchObject({ warn_after_days: 5, return_after_days: 0 })
    expect(mailOf('[mail]\nwarn_after_days = -1\nreturn_after_days = 1.5')).toEqual([
      'mail.warn_after_days',
      'mail.return_after_days',
    ])
  })

  it('says how much is kept of letters without receipt', () => {
    const kept = (text: string) => {
      const parsed = parseConfig(`[node]\nname = "a"\n${text}`)
      return 'config' in parsed ? parsed.config.limits.custody_bytes_max : parsed.faults.map(({ path }) => path)
    }
    expect(kept('')).toBe(1024 ** 3)
    expect(kept('[limits]\ncustody_bytes_max = 5000000')).toBe(5_000_000)
    expect(kept('[limits]\ncustody_bytes_max = 0')).toEqual(['limits.custody_bytes_max'])
  })

  it('names what is missing', () => {
    expect(faultsOf('[listen]\nsmtp = 1')).toEqual(['node: is missing'])
    expect(faultsOf('[node]')).toEqual(['node.name: is missing'])
  })

  it('points at the line of what is not TOML', () => {
    expect(faultsOf('[node]\nname = camp')[0]).toMatch(/line 2/)
  })

  it.each([
    ['127.0.0.1:1024', { host: '127.0.0.1', port: 1024 }],
    ['localhost:24', { host: '127.0.0.1', port: 24 }],
    ['[::1]:65535', { host: '::1', port: 65_535 }],
    ['lmtp.sock', { path: '/home/x/lmtp.sock' }],
    ['/run/posthorn/lmtp.sock', { path: '/run/posthorn/lmtp.sock' }],
  ])('lets LMTP listen on %s', (text, place) => {
    expect(faultsOf(`[node]\nname = "a"\n[lmtp]\nlisten = "${text}"`)).toEqual([])
    expect(lmtpPlace(text, '/home/x')).toEqual(place)
  })

  it.each([
    '0.0.0.0:24',
    '10.0.0.1:24',
    '[::]:24',
    ':24',
    '24',
    '127.0.0.1',
    '127.0.0.1:0',
    '127.0.0.1:70000',
    '/run',
    '',
  ])('never lets LMTP listen on %s, where others could reach it or nobody would find it', text => {
    expect(faultsOf(`[node]\nname = "a"\n[lmtp]\nlisten = "${text}"`)).toEqual([
      'lmtp.listen: must be 127.0.0.1:PORT, [::1]:PORT or a path that ends in .sock',
    ])
  })
})

it('people have no quota and let nobody in unless it is said; a domain may begin with `_`', () => {
  const usersOf = (text: string) => {
    const parsed = parseConfig(`[node]\nname = "camp"\n${text}`)
    return 'config' in parsed ? parsed.config.users : parsed.faults.map(({ path }) => path)
  }
  expect(usersOf('')).toEqual({
    ...{ first_login: false, first_login_users_max: 100, first_login_per_day: 20, first_login_per_place: 5 },
  })
  expect(usersOf('domains = ["_camp.alt", "camp.example"]\n[users]\nquota_bytes_max = 5000000')).toMatchObject({
    quota_bytes_max: 5_000_000,
  })
  expect(usersOf('domains = ["ca_mp.alt"]\n[users]\nquota_bytes_max = 5\nfirst_login = 1\nquota = 5')).toEqual(
    expect.arrayContaining(['node.domains.0', 'users.quota_bytes_max', 'users.first_login', 'users.quota']),
  )
})
