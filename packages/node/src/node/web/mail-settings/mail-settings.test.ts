import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { askedAddress, autoconfig, autodiscover } from './autoconfig.ts'
import { mobileconfig } from './mobileconfig.ts'

const servers = {
  imap: { host: '192.168.4.1', port: 1993, security: 'tls' },
  smtp: { host: '192.168.4.1', port: 1465, security: 'tls' },
  pop3: { host: '192.168.4.1', port: 1995, security: 'tls' },
} as const
const onMachine = {
  imap: { host: '127.0.0.1', port: 1143, security: 'plain' },
  smtp: { host: '127.0.0.1', port: 1587, security: 'plain' },
  pop3: { host: '127.0.0.1', port: 1110, security: 'plain' },
} as const
const nasty = `"><script>alert(1)</script>&amp;]]>'\u0000\u0007\ud800 <!-- `

/** What another reader of XML makes of it: each text with its path, in order. */
function textsOf(xml: string): string[] {
  const script = `
import sys, xml.etree.ElementTree as tree
def walk(element, path):
    here = path + '/' + element.tag.split('}')[-1]
    for key, value in element.attrib.items(): print(repr((here + '@' + key, value)))
    if element.text and len(element) == 0: print(repr((here, element.text)))
    for child in element: walk(child, here)
walk(tree.fromstring(sys.stdin.buffer.read()), '')`
  return execFileSync('python3', ['-c', script], { input: xml, encoding: 'utf8' }).trim().split('\n')
}

test('autoconfig names each server, and nobody', () => {
  const texts = textsOf(autoconfig({ domain: 'camp-x.nncp.alt', nodeName: 'camp', ...servers }))
  expect(texts).toContain(`('/clientConfig/emailProvider/domain', 'camp-x.nncp.alt')`)
  expect(texts).toContain(`('/clientConfig/emailProvider/incomingServer/port', '1993')`)
  expect(texts).toContain(`('/clientConfig/emailProvider/outgoingServer/socketType', 'SSL')`)
  expect(texts).toContain(`('/clientConfig/emailProvider/incomingServer/username', '%EMAILADDRESS%')`)
  const plain = textsOf(autoconfig({ domain: 'camp-x.nncp.alt', nodeName: 'camp', ...onMachine }))
  expect(plain).toContain(`('/clientConfig/emailProvider/incomingServer/socketType', 'plain')`)
})

test('autodiscover answers for an address that could be one', () => {
  const asked = '<Autodiscover><Request><EMailAddress>alice@camp-x.nncp.alt</EMailAddress></Request></Autodiscover>'
  const address = askedAddress(asked)
  expect(address).toBe('alice@camp-x.nncp.alt')
  const texts = textsOf(autodiscover(address ?? '', servers))
  expect(texts).toContain(`('/Autodiscover/Response/Account/Protocol/LoginName', 'alice@camp-x.nncp.alt')`)
  expect(texts).toContain(`('/Autodiscover/Response/Account/Protocol/SSL', 'on')`)
  for (const wrong of ['', '<EMailAddress>a</EMailAddress>', '<EMailAddress><b>a@b</b></EMailAddress>']) {
    expect(askedAddress(wrong)).toBeUndefined()
  }
})

test('threat: names that are XML stay names, in autoconfig, autodiscover and profiles', () => {
  const shown = `"><script>alert(1)</script>&amp;]]>' <!-- `
  const config = textsOf(autoconfig({ domain: nasty, nodeName: nasty, ...servers }))
  expect(config).toContain(`('/clientConfig/emailProvider/domain', ${pythonOf(shown)})`)
  expect(config).toContain(`('/clientConfig/emailProvider@id', ${pythonOf(shown)})`)
  const outlook = textsOf(autodiscover(nasty, { ...servers, imap: { ...servers.imap, host: nasty } }))
  expect(outlook).toContain(`('/Autodiscover/Response/Account/Protocol/Server', ${pythonOf(shown)})`)
  const profile = { address: nasty, password: nasty, nodeName: nasty, label: nasty, ...servers }
  expect(readPlist(mobileconfig(profile))).toMatchObject({ content: { EmailAddress: shown, IncomingPassword: shown } })
})

test('a profile holds the account as Apple names its parts', () => {
  const options = {
    address: 'alice@camp-x.nncp.alt',
    password: 'app-abcd',
    nodeName: 'camp',
    label: 'iPhone',
    ...servers,
  }
  const { content, ...profile } = readPlist(mobileconfig(options))
  expect(profile).toMatchObject({ PayloadType: 'Configuration', PayloadVersion: 1 })
  expect(profile['PayloadUUID']).toMatch(/^[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/)
  expect(content).toMatchObject({
    EmailAccountType: 'EmailTypeIMAP',
    EmailAddress: 'alice@camp-x.nncp.alt',
    IncomingMailServerHostName: '192.168.4.1',
    IncomingMailServerPortNumber: 1993,
    IncomingMailServerUseSSL: true,
    IncomingPassword: 'app-abcd',
    OutgoingMailServerPortNumber: 1465,
  })
})

/** By another reader of property lists; `content` is the one payload in it. */
function readPlist(text: string): Record<string, unknown> & { content: Record<string, unknown> } {
  const script = 'import sys, json, plistlib; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))'
  const plist = JSON.parse(execFileSync('python3', ['-c', script], { input: text, encoding: 'utf8' }))
  const { PayloadContent, ...rest } = plist as { PayloadContent: [Record<string, unknown>] }
  return { ...rest, content: PayloadContent[0] }
}

/** As Python writes a text with both kinds of quotation marks. */
function pythonOf(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`
}
