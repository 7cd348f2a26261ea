/** Two nodes of Debian's NNCP and the commands a user would give. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { introduce, makeNncpNode, type NncpNode, packetFolder } from '../../tests/interop/nncp.ts'
import { Program, until } from '../support/processes.ts'

export class Theirs {
  readonly #folder: string
  readonly #a: NncpNode
  readonly #b: NncpNode
  readonly #port: number
  /** What `touch` has made on B: one file for each packet of `exec`. */
  readonly touched: string
  daemon: Program | undefined

  private constructor(folder: string, nodes: { a: NncpNode; b: NncpNode; port: number; touched: string }) {
    this.#folder = folder
    this.#a = nodes.a
    this.#b = nodes.b
    this.#port = nodes.port
    this.touched = nodes.touched
  }

  /** @param handles what B runs. */
  static async make(handles: Readonly<Record<string, readonly string[]>> = {}): Promise<Theirs> {
    const folder = await mkdtemp(join(tmpdir(), 'posthorn-bench-nncp-'))
    const [a, b] = [await makeNncpNode(folder, 'a'), await makeNncpNode(folder, 'b')]
    const port = await freePort()
    await introduce(a, { b: { identity: b.identity, addrs: { here: `127.0.0.1:${port}` } } })
    await introduce(b, { a: { identity: a.identity, exec: handles } })
    const touched = join(folder, 'touched')
    await mkdir(touched)
    return new Theirs(folder, { a, b, port, touched })
  }

  file(path: string): void {
    run('nncp-file', this.#a, [path, 'b:big'])
  }

  exec(handle: string, args: readonly string[], input: string): void {
    run('nncp-exec', this.#a, ['b', handle, ...args], input)
  }

  async answer(args: readonly string[] = []): Promise<void> {
    const bind = ['-quiet', '-cfg', this.#b.configFile, '-bind', `127.0.0.1:${this.#port}`]
    this.daemon = new Program('nncp-daemon', [...bind, ...args])
    await until(() => answers(this.#port))
  }

  call(onlineSeconds: number): Program {
    const quiet = ['-quiet', '-cfg', this.#a.configFile, '-onlinedeadline', `${onlineSeconds}`]
    return new Program('nncp-call', [...quiet, 'b'])
  }

  toss(): void {
    run('nncp-toss', this.#b, [])
  }

  /** Packets of A that B has not taken over. */
  waiting(): number {
    return packets(packetFolder(this.#a, this.#b.id, 'tx'))
  }

  /** Packets that B has not opened. */
  untossed(): number {
    return packets(packetFolder(this.#b, this.#a.id, 'rx'))
  }

  async remove(): Promise<void> {
    await this.daemon?.end()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

function packets(folder: string): number {
  return existsSync(folder) ? readdirSync(folder).filter(name => /^[A-Z2-7]{52}$/.test(name)).length : 0
}

function run(command: string, node: NncpNode, args: readonly string[], input = ''): void {
  const done = spawnSync(command, ['-quiet', '-cfg', node.configFile, ...args], { input, encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${command}: ${done.error?.message ?? done.stderr}`)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
