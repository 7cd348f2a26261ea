/** A real Posthorn: the built program in processes of its own, with a home in a temporary folder. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { listenerNames } from '../../packages/node/src/node/config/config.ts'
import { endProcess } from './processes.ts'

export const program = fileURLToPath(new URL('../../packages/node/bin/posthorn.js', import.meta.url))

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command line to its end. */
export function posthorn(args: readonly string[], input = ''): Promise<Finished> {
  return finish(spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'pipe'] }), input)
}

function finish(child: ChildProcess, input: string | Uint8Array = ''): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout?.on('data', chunk => stdout.push(chunk))
    child.stderr?.on('data', chunk => stderr.push(chunk))
    child.once('error', reject)
    child.once('close', code =>
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
    )
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}

export interface Access {
  readonly address: string
  readonly password: string
  readonly dclogin: string
  readonly imap: { readonly host: string; readonly port: number }
  readonly smtp: { readonly host: string; readonly port: number }
  readonly pop3: { readonly host: string; readonly port: number }
}

export class TestNode {
  readonly home: string
  #daemon: ChildProcess | undefined
  #fault: string | undefined
  #setUp: string | undefined

  private constructor(home: string) {
    this.home = home
  }

  static async make(name: string): Promise<TestNode> {
    return TestNode.makeIn(await mkdtemp(join(tmpdir(), `posthorn-${name}-`)), name)
  }

  /** Open to the network and found in it: for a namespace of the test's own only. */
  static async makeOpen(name: string): Promise<TestNode> {
    const node = new TestNode(await mkdtemp(join(tmpdir(), `posthorn-${name}-`)))
    await node.run(['init', '--name', name, '--ports', 'auto'])
    await choosePorts(node.home)
    return node
  }

  static async makeIn(home: string, name: string): Promise<TestNode> {
    const node = new TestNode(home)
    await node.run(['init', '--name', name, '--ports', 'auto', '--loopback'])
    await choosePorts(node.home)
    return node
  }

  /** Others than it had, as if those were taken. It must not run. */
  choosePorts(): Promise<void> {
    return choosePorts(this.home)
  }

  /** A home that is there already. */
  static at(home: string): TestNode {
    return new TestNode(home)
  }

  /** Runs a command on this home and answers its JSON. Throws when it fails. */
  async run<T = unknown>(args: readonly string[], input = ''): Promise<T> {
    const end = args.includes('--') ? args.indexOf('--') : args.length
    const done = await posthorn([...args.slice(0, end), '--home', this.home, '--json', ...args.slice(end)], input)
    if (done.code !== 0)
      throw new Error(`posthorn ${args.join(' ')} ended with ${done.code}: ${done.stderr}${done.stdout}`)
    return JSON.parse(done.stdout) as T
  }

  /** Begins a command on this home whose lines are read while it runs. */
  begin(args: readonly string[]): { readonly line: () => Promise<string>; readonly done: Promise<Finished> } {
    const child = spawn(process.execPath, [program, ...args, '--home', this.home, '--json'], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const done = finish(child)
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const line = async () => {
      const next = await lines.next()
      if (next.done === true) throw new Error(`posthorn ${args.join(' ')} ended: ${(await done).stderr}`)
      return next.value
    }
    return { line, done }
  }

  addUser(name: string): Promise<Access> {
    return this.run<Access>(['user', 'add', name])
  }

  async card(): Promise<string> {
    return (await this.run<{ link: string }>(['card', 'show'])).link
  }

  /** Resolves when its listeners are open. `within` is a command that runs it, as `ip netns exec NAME`. */
  async start(within: readonly string[] = []): Promise<void> {
    const [command, ...args] = [...within, process.execPath, program, 'start', '--home', this.home, '--json']
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#daemon = child
    this.#fault = undefined
    const stderr: Buffer[] = []
    child.stderr.on('data', chunk => stderr.push(chunk))
    await new Promise<void>((resolve, reject) => {
      let said = ''
      createInterface({ input: child.stdout }).on('line', line => {
        said += line
        if (line !== '}') return
        const { error, setUp } = JSON.parse(said) as { error?: { message: string }; setUp?: string }
        this.#setUp = setUp
        // Why it ends comes later, by itself.
        said = ''
        this.#fault = error?.message
        if (error === undefined) resolve()
        else reject(new Error(`the node does not start: ${error.message}`))
      })
      child.once('exit', code => reject(new Error(`the node ended with ${code}: ${Buffer.concat(stderr).toString()}`)))
    })
  }

  /** The link by which the first person is made, where nobody lives here. */
  get setUp(): string | undefined {
    return this.#setUp
  }

  get pid(): number | undefined {
    return this.#daemon?.pid
  }

  /** How the daemon ended by itself: exit status or signal, and why. Undefined while it runs, and after `end`. */
  get ended(): string | undefined {
    const child = this.#daemon
    if (child === undefined || (child.exitCode === null && child.signalCode === null)) return undefined
    return [child.exitCode ?? child.signalCode, ...(this.#fault === undefined ? [] : [this.#fault])].join(': ')
  }

  /** Ends the daemon and waits for it; `SIGKILL` leaves it no time for anything. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#daemon
    this.#daemon = undefined
    await endProcess(child, signal)
  }

  async remove(): Promise<void> {
    await this.end('SIGKILL')
    await rm(this.home, { recursive: true, force: true })
  }
}

const portsFirst = 12_000
let nodesMade = 0

/**
 * As if it had chosen them itself. Below those that the system gives to passing connections, and other ones for each
 * test and each node of it: a free port that is not listened on yet may be given away again.
 */
async function choosePorts(home: string): Promise<void> {
  const first = portsFirst + (process.pid % 200) * 100 + (nodesMade % 10) * listenerNames.length
  nodesMade += 1
  const ports = Object.fromEntries(listenerNames.map((name, index) => [name, first + index]))
  await writeFile(join(home, 'ports.json'), `${JSON.stringify(ports)}\n`)
}

/** Each learns the other's card. */
export async function introduce(a: TestNode, b: TestNode): Promise<void> {
  await a.run(['neighbour', 'add', await b.card()])
  await b.run(['neighbour', 'add', await a.card()])
}

/** Two nodes that know each other, with Alice on one and Bob on the other. Neither is started. */
export async function twoNodes(): Promise<{ valley: TestNode; ridge: TestNode; alice: Access; bob: Access }> {
  const valley = await TestNode.make('valley')
  const ridge = await TestNode.make('ridge')
  await introduce(valley, ridge)
  return { valley, ridge, alice: await valley.addUser('alice'), bob: await ridge.addUser('bob') }
}
