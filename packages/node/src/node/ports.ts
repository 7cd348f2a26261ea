/**
 * Ports that were chosen by the node. A listener set to 0 gets any free port, and then keeps it: what people have typed
 * into their apps must stay true.
 */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { type ListenerName, listenerNames } from './config/config.ts'
import { type Home, writePrivateFile } from './home.ts'

export type Ports = Readonly<Record<ListenerName, number>>

/** The port of each listener, choosing (and remembering) a free one where none is set. */
export async function settlePorts(home: Home, configured: Ports): Promise<Ports> {
  const remembered = await readPorts(home)
  const ports = { ...configured }
  for (const name of listenerNames) {
    if (configured[name] === 0) ports[name] = remembered[name] ?? (await freePort(Object.values(ports)))
  }
  const chosen = Object.fromEntries(
    listenerNames.filter(name => configured[name] === 0).map(name => [name, ports[name]]),
  )
  if (JSON.stringify(chosen) !== JSON.stringify(remembered)) await rememberPorts(home, chosen)
  return ports
}

async function rememberPorts(home: Home, ports: Partial<Ports>): Promise<void> {
  await writePrivateFile(home.ports, `${JSON.stringify(ports)}\n`)
}

async function readPorts(home: Home): Promise<Partial<Ports>> {
  let found: unknown
  try {
    found = JSON.parse(await readFile(home.ports, 'utf8'))
  } catch {
    return {}
  }
  if (typeof found !== 'object' || found === null) return {}
  const entries = Object.entries(found).filter(([, port]) => Number.isInteger(port) && port > 0 && port < 65_536)
  return Object.fromEntries(entries.filter(([name]) => (listenerNames as readonly string[]).includes(name)))
}

/** A port that nobody listens on at this moment, on the loopback address; none of those that are about to be used. */
async function freePort(taken: readonly number[]): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (address === null || typeof address === 'string') throw new TypeError('the listener has no port')
  // The system may give the same port twice, for nobody listens on it yet.
  return taken.includes(address.port) ? freePort(taken) : address.port
}

export async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise(resolve => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
