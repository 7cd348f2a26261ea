/** Debian's NNCP on the same files. It, too, fsyncs each file and its directory (seen with strace, nncp 8.8.2). */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatPrivateIdentity, formatPublicIdentity, type PrivateIdentity } from '@posthorn/nncp'
import { Program } from '../support/processes.ts'

export class Theirs {
  readonly incoming: string
  /** The most that any of its programs held. */
  peakMebibytes = 0
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

  seal(plain: string): Promise<void> {
    return this.#run('nncp-file', [plain, 'peer:big'])
  }

  putOut(medium: string): Promise<void> {
    return this.#run('nncp-xfer', ['-mkdir', '-tx', medium])
  }

  takeIn(medium: string): Promise<void> {
    return this.#run('nncp-xfer', ['-rx', medium])
  }

  open(): Promise<void> {
    return this.#run('nncp-toss', [])
  }

  async #run(command: string, args: readonly string[]): Promise<void> {
    const program = new Program(command, ['-quiet', '-cfg', this.#config, ...args])
    await program.finished()
    this.peakMebibytes = Math.max(this.peakMebibytes, program.peakMebibytes)
  }
}
