/**
 * The client's side of SOCKS 5 (RFC 1928) with a login (RFC 1929), for CONNECT alone: bytes in, bytes and one outcome
 * out. It holds one reply at most, 262 bytes. Names are given to the proxy as they are: nothing is looked up here.
 */
import { isIP } from 'node:net'

export interface SocksTarget {
  /** A name of at most 255 ASCII characters, or an IP address without zone. */
  readonly host: string
  readonly port: number
}

/** At most 255 bytes each. Tor keeps streams with different logins apart. */
export interface SocksLogin {
  readonly user: string
  readonly password: string
}

export type SocksStep =
  /** Perhaps something to say, and then more to hear. */
  | { readonly kind: 'more'; readonly send: Uint8Array }
  /** From here on the line is with the target; `early` has come from it already. */
  | { readonly kind: 'open'; readonly early: Uint8Array }
  /** `by` the proxy in order (`refused`), or because it is something else (`broken`). */
  | { readonly kind: 'failed'; readonly by: 'refused' | 'broken'; readonly reason: string }

export interface SocksClient {
  /** What the client says first. */
  readonly greeting: Uint8Array
  /** Not to be called after `open` or `failed`. */
  readonly receive: (chunk: Uint8Array) => SocksStep
}

const version = 5
const loginVersion = 1
const method = { none: 0x00, login: 0x02, nothingSuits: 0xff } as const
const connect = 1
const addressType = { ipv4: 1, name: 3, ipv6: 4 } as const
const addressBytes: Readonly<Record<number, number>> = { [addressType.ipv4]: 4, [addressType.ipv6]: 16 }
/** RFC 1928 §6. */
const replies: Readonly<Record<number, string>> = {
  1: 'a failure of the proxy',
  2: 'its rules do not allow it',
  3: 'the network cannot be reached',
  4: 'the host cannot be reached',
  5: 'nobody answers there',
  6: 'the way is too long',
  7: 'it does not do this',
  8: 'it does not know such addresses',
}
const nothing = new Uint8Array(0)

type State = 'greeted' | 'login-sent' | 'requested'

/** Throws RangeError for a name, port or login that the protocol has no room for. */
export function socksClient(target: SocksTarget, login?: SocksLogin): SocksClient {
  const request = Uint8Array.of(version, connect, 0, ...encodedTarget(target))
  const loginRequest = login === undefined ? nothing : encodedLogin(login)
  const methods = login === undefined ? [method.none] : [method.login, method.none]
  let state: State = 'greeted'
  let held: Uint8Array = nothing

  const step = (): SocksStep => {
    if (state === 'greeted') {
      if (held[0] !== undefined && held[0] !== version) return broken('it speaks another protocol')
      if (held.length < 2) return more()
      const chosen = held[1]
      if (chosen === method.nothingSuits) return refused('it wants another login')
      if (!methods.some(offered => offered === chosen)) return broken('it chose what was not offered')
      return proceed(2, chosen === method.login ? 'login-sent' : 'requested')
    }
    if (state === 'login-sent') {
      if (held[0] !== undefined && held[0] !== loginVersion) return broken('its answer to the login is none')
      if (held.length < 2) return more()
      return held[1] === 0 ? proceed(2, 'requested') : refused('the login is wrong')
    }
    return outcomeOf(held)
  }
  const proceed = (usedBytes: number, next: State): SocksStep => {
    held = held.subarray(usedBytes)
    state = next
    const send = next === 'requested' ? request : loginRequest
    // Nobody may answer what was not asked yet.
    return held.length > 0 ? broken('it speaks out of turn') : { kind: 'more', send }
  }
  return {
    greeting: Uint8Array.of(version, methods.length, ...methods),
    receive(chunk) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      return step()
    },
  }
}

/** The reply to CONNECT: version, reply, 0, bound address, port. */
function outcomeOf(held: Uint8Array): SocksStep {
  const [spoken, reply, , type, nameBytes] = held
  if (spoken !== undefined && spoken !== version) return broken('its answer is none')
  if (reply !== undefined && reply !== 0) return refused(replies[reply] ?? `for a reason of its own, number ${reply}`)
  if (type === undefined) return more()
  const isName = type === addressType.name
  const boundBytes = isName ? 1 + (nameBytes ?? 0) : addressBytes[type]
  if (boundBytes === undefined) return broken('its answer is none')
  const wholeBytes = 4 + boundBytes + 2
  if (held.length < wholeBytes || (isName && nameBytes === undefined)) return more()
  return { kind: 'open', early: held.subarray(wholeBytes) }
}

function encodedTarget({ host, port }: SocksTarget): Uint8Array {
  if (!Number.isInteger(port) || port < 0 || port > 0xffff) throw new RangeError('the port is none')
  const end = [port >> 8, port & 0xff]
  if (isIP(host) === 4) return Uint8Array.of(addressType.ipv4, ...host.split('.').map(Number), ...end)
  if (isIP(host) === 6) return Uint8Array.of(addressType.ipv6, ...ipv6Bytes(host), ...end)
  return Uint8Array.of(addressType.name, ...short(host, 'the name of the host'), ...end)
}

function encodedLogin({ user, password }: SocksLogin): Uint8Array {
  return Uint8Array.of(loginVersion, ...short(user, 'the user of the proxy'), ...short(password, 'its password'))
}

function short(text: string, what: string): Uint8Array {
  const bytes = Buffer.from(text)
  if (bytes.length === 0 || bytes.length > 255) throw new RangeError(`${what} has not 1 to 255 bytes`)
  return Uint8Array.of(bytes.length, ...bytes)
}

/** RFC 4291 §2.2, of an address that is one. */
function ipv6Bytes(host: string): number[] {
  // The URL parser writes the last form (an IPv4 address at the end) in groups too.
  const text = new URL(`tcp://[${host}]`).hostname.slice(1, -1)
  const [head = '', tail] = text.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16)))
  const [before, after] = [groups(head), groups(tail ?? '')]
  const whole = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after]
  return whole.flatMap(group => [group >> 8, group & 0xff])
}

function more(): SocksStep {
  return { kind: 'more', send: nothing }
}

function refused(reason: string): SocksStep {
  return { kind: 'failed', by: 'refused', reason }
}

function broken(reason: string): SocksStep {
  return { kind: 'failed', by: 'broken', reason }
}
