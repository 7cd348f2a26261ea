/** Debian's NNCP on the same files. It, too, fsyncs each file and its directory (seen with strace, nncp 8.8.2). */
import { spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatPrivateIdentity, formatPublicIdentity, type PrivateIdentity } from '@posthorn/nncp'

export class Theirs {
  readonly incoming: string
  readonly #config: string

  private constructor(config: string, incoming: string) {
    this.#config = config
    this.incoming = incoming
  }

  static async open(home: string, self: PrivateIdentity, peer: PrivateIdentity): Promise<Theirs> {
    const [spool, incoming] = [join(home, 'spool'), join(home, 'incoming')]
    await mkdir(spool, { recursive: true })
    await mkdir(incoming)
    const neigh = { self: formatPublicIdentity(self), peer: { ...formatPublicIdentity(peer), incoming } }
    const config = { spool, log: join(home, 'log'), self: formatPrivateIdentity(self), neigh }
    const path = join(home, 'nncp.hjson')
    await writeFile(path, JSON.stringify(config), { mode: 0o600 })
    return new Theirs(path, incoming)
  }

  seal(plain: string): void {
    this.#run('nncp-file', [plain, 'peer:big'])
  }

  putOut(medium: string): void {
    this.#run('nncp-xfer', ['-mkdir', '-tx', medium])
  }

  takeIn(medium: string): void {
    this.#run('nncp-xfer', ['-rx', medium])
  }

  open(): void {
    this.#run('nncp-toss', [])
  }

  #run(command: string, args: readonly string[]): void {
    const done = spawnSync(command, ['-quiet', '-cfg', this.#config, ...args], { encoding: 'utf8' })
    if (done.status !== 0) throw new Error(`${command}: ${done.error?.message ?? done.stderr}`)
  }
}
