import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scratchDirectory } from '../stores/files/scratch-directory.ts'
import { type Config, parseConfig } from './config/config.ts'
import { configuredGateways, gatewayRules } from './gateways.ts'
import { homeAt } from './home.ts'

const tables = (...gateways: readonly string[]) =>
  ['[node]', 'name = "camp"', ...gateways.map(lines => `[[gateway]]\n${lines}`)].join('\n')

function configOf(...gateways: readonly string[]): Config {
  const parsed = parseConfig(tables(...gateways))
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults))
  return parsed.config
}

function faultsOf(lines: string): string[] {
  const parsed = parseConfig(tables(`name = "out"\n${lines}`))
  return 'faults' in parsed ? parsed.faults.map(({ path, message }) => `${path}: ${message}`) : []
}

const rest = 'domains = ["*"]'

describe('gateways of posthorn.toml', () => {
  it('are taken with their defaults', async () => {
    const config = configOf(
      [
        ...['name = "uucp"', 'domains = ["ridge.example", ".ridge.example"]', 'from_line = true', 'from = ["ridge"]'],
        'command = ["/usr/bin/uux", "-a{sender}", "{recipient}"]',
      ].join('\n'),
      'name = "mda"\ndomains = ["office.example"]\nlmtp = "unix:/run/lmtp"\nrecipients_max = 1',
      `name = "out"\n${rest}\nsmarthost = "smtp://mail.example.org"`,
      `name = "local"\n${rest}\nsmarthost = "smtp://[::1]:2525"\nat_once = 1`,
    )
    expect(gatewayRules(config)).toMatchObject([
      { name: 'uucp', domains: ['ridge.example', '.ridge.example'], from: ['ridge'], plainOnly: true },
      { name: 'mda', plainOnly: false, recipientsMax: 1, from: [] },
      { name: 'out', recipientsMax: null },
      { name: 'local' },
    ])
    expect(await configuredGateways(homeAt(await scratchDirectory()), config)).toMatchObject([
      { name: 'uucp', atOnceMax: 4, way: { kind: 'command', timeoutMs: 600_000, lineEnds: 'lf', fromLine: true } },
      { way: { kind: 'server', protocol: 'lmtp', at: { path: '/run/lmtp' }, tls: 'optional' } },
      { way: { protocol: 'smtp', at: { host: 'mail.example.org', port: 587 }, tls: 'required', user: null } },
      { atOnceMax: 1, way: { at: { host: '::1', port: 2525 }, tls: 'optional' } },
    ])
  })

  it.each([
    ['no way', rest, 'one of command, smarthost and lmtp'],
    ['two ways', `${rest}\nlmtp = "unix:/x"\nsmarthost = "smtp://x"`, 'one of command, smarthost and lmtp'],
    ['a program by its name', `${rest}\ncommand = ["uux"]`, 'absolute path'],
    ['data in the path of the program', `${rest}\ncommand = ["/bin/{domain}"]`, 'path of the program'],
    ['an unknown placeholder', `${rest}\ncommand = ["/bin/x", "{recipients}"]`, '{recipient}'],
    ['a strange domain', 'domains = ["Example.org"]\nlmtp = "unix:/x"', 'gateway.0.domains.0'],
    ['no domain', 'domains = []\nlmtp = "unix:/x"', 'at least one domain'],
    ['a password in the URL', `${rest}\nsmarthost = "smtps://me:secret@x.example"`, 'smtp://host:port'],
    ['a user without a password', `${rest}\nsmarthost = "smtps://me@x.example"`, 'needs both'],
    ['a password without a user', `${rest}\nsmarthost = "smtps://x.example"\npassword_file = "p"`, 'needs both'],
    [
      'a password over an open line',
      `${rest}\nsmarthost = "smtp://me@x.example"\npassword_file = "p"\ntls = "optional"`,
      'must not send a password',
    ],
    ['a wrong scheme', `${rest}\nsmarthost = "http://x.example"`, 'smtp://host:port'],
    ['a socket that is none', `${rest}\nlmtp = "unix:lmtp"`, 'lmtp://'],
    ['what is for commands', `${rest}\nlmtp = "unix:/x"\nfrom_line = true`, 'no use for from_line'],
    ['what is for servers', `${rest}\ncommand = ["/bin/x"]\ntls = "none"`, 'no use for tls'],
    ['tls twice', `${rest}\nsmarthost = "smtps://x"\ntls = "none"`, 'no use for tls'],
    ['an unknown key', `${rest}\nlmtp = "unix:/x"\nshell = true`, 'not a setting'],
  ])('says what is wrong: %s', (_, lines, words) => {
    const faults = faultsOf(lines).join('\n')
    expect(faults).toContain(words)
    expect(faults).not.toContain('secret')
  })

  it('have names of their own', () => {
    expect(
      'faults' in parseConfig(tables(...['a', 'a'].map(name => `name = "${name}"\n${rest}\nlmtp = "unix:/x"`))),
    ).toBe(true)
  })

  it('a password is read from a file that is for its owner only', async () => {
    const home = homeAt(await scratchDirectory())
    const config = configOf(`name = "out"\n${rest}\nsmarthost = "smtps://me%40x@mail.example"\npassword_file = "pass"`)
    const [gateway] = await configuredGateways(home, config)
    const way = gateway?.way
    if (way?.kind !== 'server') throw new Error('not a server')
    expect(way).toMatchObject({ user: 'me@x', tls: 'implicit', at: { port: 465 } })
    await expect(way.password()).rejects.toMatchObject({ code: 'bad-config' })
    const path = join(home.path, 'pass')
    await writeFile(path, 'secret\n', { mode: 0o644 })
    await chmod(path, 0o644)
    await expect(way.password()).rejects.toThrow(/chmod 600/)
    await chmod(path, 0o600)
    expect(await way.password()).toBe('secret')
  })

  it('an authority that cannot be read is a fault at the start', async () => {
    const config = configOf(`name = "out"\n${rest}\nsmarthost = "smtps://mail.example"\nca_file = "ca.pem"`)
    await expect(configuredGateways(homeAt(await scratchDirectory()), config)).rejects.toMatchObject({
      code: 'bad-config',
    })
  })
})
