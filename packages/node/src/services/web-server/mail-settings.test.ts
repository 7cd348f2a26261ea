import { expect, test } from 'vitest'
import { ask, rig } from './rig.ts'

const mailSettings = {
  autoconfig: async (address: string | undefined, isLocal: boolean) => `<config for="${address}" local="${isLocal}"/>`,
  autodiscover: async (body: string) => (body.includes('alice@camp.alt') ? '<found/>' : undefined),
}

test('mail programs ask for settings without signing in and without an origin; pages of others do not', async () => {
  const server = await rig({ mailSettings })
  const config = await ask(server, '/mail/config-v1.1.xml?emailaddress=alice@camp.alt')
  expect(config).toMatchObject({ status: 200, text: '<config for="alice@camp.alt" local="true"/>' })
  const outlook = (body: string, headers = {}) =>
    ask(server, '/Autodiscover/Autodiscover.xml', {
      method: 'POST',
      body,
      headers: { 'content-type': 'text/xml', ...headers },
    })
  expect(await outlook('<EMailAddress>alice@camp.alt</EMailAddress>')).toMatchObject({ status: 200, text: '<found/>' })
  expect(await outlook('<x/>')).toMatchObject({ status: 404 })
  expect(await outlook('<x/>', { origin: 'https://evil.example' })).toMatchObject({ status: 403 })
  expect(await outlook('x'.repeat(1024 * 1024))).toMatchObject({ status: 413 })
})
