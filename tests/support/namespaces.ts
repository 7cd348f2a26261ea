/**
 * A local network of the test's own: network namespaces on one bridge, with nothing else in the world. Needs root and
 * Debian's iproute2.
 */
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { LetterToSend } from './mail.ts'
import type { Access } from './node.ts'

function ip(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`)
}

/** Whether there can be such networks here. Without them nothing is proven about discovery, which is said aloud. */
export const namespacesPossible: boolean = (() => {
  const name = `ph-${randomBytes(4).toString('hex')}`
  try {
    ip('netns', 'add', name)
    ip('-n', name, 'link', 'add', 'name', 'br0', 'type', 'bridge')
    return true
  } catch (error) {
    console.warn(`\n*** SKIPPED: no network namespaces here (${String(error).trim()}); discovery is not tested. ***\n`)
    return false
  } finally {
    spawnSync('ip', ['netns', 'del', name])
  }
})()

export interface Member {
  /** A command that runs another one inside. */
  readonly within: readonly string[]
  readonly name: string
  readonly ipv4: string
}

export class LocalNetwork {
  readonly #prefix = `ph-${randomBytes(4).toString('hex')}`
  readonly #ipv6: boolean
  readonly #folders: string[] = []
  #members = 0

  private constructor(ipv6: boolean) {
    this.#ipv6 = ipv6
  }

  static make(options: { ipv6: boolean }): LocalNetwork {
    const network = new LocalNetwork(options.ipv6)
    const hub = network.#namespace(0)
    ip('netns', 'add', hub)
    ip('-n', hub, 'link', 'add', 'name', 'br0', 'type', 'bridge', 'mcast_snooping', '0')
    ip('-n', hub, 'link', 'set', 'br0', 'up')
    return network
  }

  /** A machine without cable. */
  add(): Member {
    this.#members += 1
    const name = this.#namespace(this.#members)
    ip('netns', 'add', name)
    ip('-n', name, 'link', 'set', 'lo', 'up')
    const member = { name, within: ['ip', 'netns', 'exec', name], ipv4: `10.77.0.${this.#members}` }
    if (!this.#ipv6) run(member, ['sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6'])
    return member
  }

  /** Plugs it in: from now on it has `eth0`. */
  connect(member: Member, options: { ipv4?: boolean } = {}): void {
    const hub = this.#namespace(0)
    const port = `p${member.ipv4.split('.').at(-1)}`
    ip('-n', hub, 'link', 'add', 'name', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', member.name)
    ip('-n', hub, 'link', 'set', port, 'master', 'br0', 'up')
    if (options.ipv4 !== false) ip('-n', member.name, 'addr', 'add', `${member.ipv4}/24`, 'dev', 'eth0')
    ip('-n', member.name, 'link', 'set', 'eth0', 'up')
  }

  /** Whether its addresses may be used: IPv6 first asks whether another machine has them. */
  isReady(member: Member): boolean {
    const { stdout } = spawnSync('ip', ['-n', member.name, 'addr', 'show', 'dev', 'eth0', 'tentative'], {
      encoding: 'utf8',
    })
    return stdout.trim() === ''
  }

  /** What programs that run inside find in `/etc/hosts`. */
  giveHosts(member: Member, hosts: string): void {
    mkdirSync(`/etc/netns/${member.name}`, { recursive: true })
    writeFileSync(`/etc/netns/${member.name}/hosts`, hosts)
    this.#folders.push(`/etc/netns/${member.name}`)
  }

  disconnect(member: Member): void {
    ip('-n', member.name, 'link', 'del', 'eth0')
  }

  /** What runs inside must have ended. */
  remove(): void {
    for (let index = 0; index <= this.#members; index += 1) spawnSync('ip', ['netns', 'del', this.#namespace(index)])
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true })
  }

  #namespace(index: number): string {
    return `${this.#prefix}-${index}`
  }
}

function run(member: Member, command: readonly string[]): void {
  const [program = '', ...args] = [...member.within, ...command]
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr}`)
}

/** As `sendLetter`, by an app inside: its loopback is not ours. */
export function sendLetterWithin(member: Member, access: Access, letter: LetterToSend): Promise<void> {
  const mail = fileURLToPath(new URL('mail.ts', import.meta.url))
  const code = `import { sendLetter } from ${JSON.stringify(mail)}
    await sendLetter(${JSON.stringify(access)}, ${JSON.stringify(letter)})`
  const [program, ...args] = [...member.within, process.execPath, '--import', 'tsx', '--input-type=module']
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args, '-e', code], { stdio: ['ignore', 'ignore', 'pipe'] })
    const stderr: Buffer[] = []
    child.stderr.on('data', chunk => stderr.push(chunk))
    child.once('error', reject)
    child.once('close', status =>
      status === 0 ? resolve() : reject(new Error(`no letter was sent: ${Buffer.concat(stderr).toString()}`)),
    )
  })
}
