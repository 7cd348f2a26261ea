/** Debian's Postfix beside a test or a benchmark: own configuration and queue, loopback only. */
import { spawnSync } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answering } from './dovecot.ts'
import { freePorts } from './ports.ts'

const program = '/usr/sbin/postfix'

/** It runs as root only, and its daemons as `postfix`. */
export const postfixInstalled = spawnSync('test', ['-x', program]).status === 0 && process.getuid?.() === 0
if (!postfixInstalled) console.warn('\n*** SKIPPED: no Postfix (Debian: postfix), or not root. ***\n')

export interface PostfixSettings {
  /** Lines of main.cf. */
  readonly main?: readonly string[]
  /** Lines of master.cf, besides the usual daemons. */
  readonly master?: readonly string[]
}

export class Postfix {
  /** Of its SMTP server, open to this machine without a login. */
  readonly port: number
  readonly home: string

  private constructor(home: string, port: number) {
    this.home = home
    this.port = port
  }

  /** Resolves when it takes mail. */
  static async start(settings: PostfixSettings): Promise<Postfix> {
    const home = await mkdtemp(join(tmpdir(), 'postfix-'))
    await chmod(home, 0o755)
    const [port = 0] = await freePorts(1)
    const postfix = new Postfix(home, port)
    try {
      await postfix.#configure(settings)
      postfix.#run('start')
      await answering(port, () => true)
    } catch (error) {
      const log = await readFile(join(home, 'log'), 'utf8').catch(() => '')
      await postfix.end()
      throw new Error(`Postfix does not start: ${error instanceof Error ? error.message : ''}\n${log}`, {
        cause: error,
      })
    }
    return postfix
  }

  async #configure({ main = [], master = [] }: PostfixSettings): Promise<void> {
    const { home } = this
    for (const folder of ['etc', 'queue', 'data']) await mkdir(join(home, folder))
    const owner = Number(spawnSync('id', ['-u', 'postfix']).stdout)
    await chown(join(home, 'data'), owner, owner)
    await writeFile(join(home, 'etc', 'main.cf'), [...mainSettings(home), ...main, ''].join('\n'))
    await writeFile(join(home, 'etc', 'master.cf'), [...daemons(this.port), ...master, ''].join('\n'))
  }

  #run(...command: string[]): void {
    const done = spawnSync(program, ['-c', join(this.home, 'etc'), ...command], { encoding: 'utf8' })
    if (done.status !== 0) throw new Error(`postfix ${command.join(' ')}: ${done.stdout}${done.stderr}`)
  }

  /** Everything that waits is tried again now. */
  flush(): void {
    this.#run('flush')
  }

  /** What its daemons have said. */
  log(): Promise<string> {
    return readFile(join(this.home, 'log'), 'utf8')
  }

  async end(): Promise<void> {
    spawnSync(program, ['-c', join(this.home, 'etc'), 'stop'])
    await rm(this.home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
}

function mainSettings(home: string): string[] {
  return [
    'compatibility_level = 3.6',
    `queue_directory = ${home}/queue`,
    `data_directory = ${home}/data`,
    `maillog_file = ${home}/log`,
    `maillog_file_prefixes = ${home}`,
    'inet_interfaces = 127.0.0.1',
    'inet_protocols = ipv4',
    'mynetworks = 127.0.0.0/8',
    'myhostname = postfix.example',
    'mydestination =',
    'alias_maps =',
    'smtpd_relay_restrictions = permit_mynetworks, reject',
    'biff = no',
    'smtputf8_enable = no',
  ]
}

function daemons(port: number): string[] {
  return [
    `127.0.0.1:${port} inet n - n - 200 smtpd`,
    'pickup unix n - n 60 1 pickup',
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
    'rewrite unix - - n - - trivial-rewrite',
    'bounce unix - - n - 0 bounce',
    'defer unix - - n - 0 bounce',
    'trace unix - - n - 0 bounce',
    'verify unix - - n - 1 verify',
    'flush unix n - n 1000? 0 flush',
    'proxymap unix - - n - - proxymap',
    'smtp unix - - n - - smtp',
    'relay unix - - n - - smtp',
    'error unix - - n - - error',
    'retry unix - - n - - error',
    'discard unix - - n - - discard',
    'local unix - n n - - local',
    'virtual unix - n n - - virtual',
    'lmtp unix - - n - 20 lmtp',
    'anvil unix - - n - 1 anvil',
    'scache unix - - n - 1 scache',
    'postlog unix-dgram n - n - 1 postlogd',
  ]
}
