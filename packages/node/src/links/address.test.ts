import { expect, it } from 'vitest'
import { callableUrl } from './address.ts'

it.each([
  ['tcp://example.org:5400', 'tcp://example.org:5400'],
  ['example.org:5400', 'tcp://example.org:5400'],
  ['192.0.2.1:1', 'tcp://192.0.2.1:1'],
  ['[2001:db8::1]:5400', 'tcp://[2001:db8::1]:5400'],
  ['[fe80::1%eth0]:5400', 'tcp://[fe80::1]:5400?zone=eth0'],
  ['tcp://[fe80::1%25eth0]:5400', 'tcp://[fe80::1]:5400?zone=eth0'],
  ['tcp://[fe80::1]:5400?zone=eth0', 'tcp://[fe80::1]:5400?zone=eth0'],
  ['[fe80::1%25]:5400', 'tcp://[fe80::1]:5400?zone=25'],
  ['[FE80::BE5F:F4FF:FEDD:2752%igb0.7]:5400', 'tcp://[fe80::be5f:f4ff:fedd:2752]:5400?zone=igb0.7'],
  ['x.onion:5400', 'tcp://x.onion:5400'],
  ['x.onion:5400?via=socks5://127.0.0.1:9050', 'tcp://x.onion:5400?via=socks5://127.0.0.1:9050'],
  ['|ssh host nncp-daemon -ucspi', 'pipe:ssh%20host%20nncp-daemon%20-ucspi'],
  ['pipe:true', 'pipe:true'],
])('%s is %s', (text, url) => {
  expect(callableUrl(text).href).toBe(url)
  expect(callableUrl(url).href).toBe(url)
})

it.each(['', 'example.org', 'http://example.org:80', 'tcp://', '[::1%a b]:1', '[fe80::1%eth0]:99999', '|', 'pipe:%00'])(
  '%j is no address',
  text => {
    expect(() => callableUrl(text)).toThrow(expect.objectContaining({ code: 'bad-address' }))
  },
)
