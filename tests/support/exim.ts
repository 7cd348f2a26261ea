/**
 * Debian's Exim beside a Postfix that is installed: unpacked into a cache, never installed, since the packages exclude
 * each other. It insists on a user of its own, whom it gets in a mount namespace: as root only.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, chown, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answering } from './dovecot.ts'
import { freePorts } from './ports.ts'
import { endProcess } from './processes.ts'

const cache = fileURLToPath(new URL('../../node_modules/.cache/exim4-daemon-light', import.meta.url))
const program = join(cache, 'usr/sbin/exim4')
/** Where the set-up of the tests has put the package. */
const fetched = fileURLToPath(new URL('../../node_modules/.cache/debian/exim4-daemon-light.deb', import.meta.url))
/** `Debian-exim` as these tests have it; nobody else has this number. */
export const eximUser = 64_999

/** Unpacks it when it is not there. Without it nothing is proven about Exim, which is said aloud. */
export async function eximIsHere(): Promise<boolean> {
  const why = process.getuid?.() === 0 ? await unpack() : 'only root can give it the user that it wants'
  if (why !== undefined) console.warn(`\n*** SKIPPED: ${why}; nothing is tested against Exim. ***\n`)
  return why === undefined
}

async function unpack(): Promise<string | undefined> {
  if (existsSync(program)) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'posthorn-exim-package-'))
  try {
    const archive = existsSync(fetched) ? fetched : await download(folder)
    if (archive === undefined) return 'Debian package exim4-daemon-light could not be had'
    const unpacked = join(folder, 'unpacked')
    if (spawnSync('dpkg', ['-x', archive, unpacked]).status !== 0) return 'dpkg could not unpack Exim'
    await mkdir(join(cache, 'usr/sbin'), { recursive: true })
    await copyFile(join(unpacked, 'usr/sbin/exim4'), `${program}.new`)
    await rename(`${program}.new`, program)
    return undefined
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function download(folder: string): Promise<string | undefined> {
  const got = spawnSync('apt-get', ['download', 'exim4-daemon-light'], { cwd: folder })
  const [archive] = (await readdir(folder)).filter(name => name.endsWith('.deb'))
  return got.status === 0 && archive !== undefined ? join(folder, archive) : undefined
}

/** Delivers everything for this domain into one Maildir. */
export function intoMaildir(domain: string, maildir: string): EximSettings {
  return {
    routers: ['here:', '  driver = accept', `  domains = ${domain}`, '  transport = maildir'],
    transports: [
      ...['maildir:', '  driver = appendfile', `  directory = ${maildir}`, '  maildir_format', '  create_directory'],
      ...['  user = Debian-exim', '  return_path_add', '  delivery_date_add = false', '  envelope_to_add'],
    ],
  }
}

export interface EximSettings {
  /** Lines of the main section. */
  readonly main?: readonly string[]
  readonly routers: readonly string[]
  readonly transports: readonly string[]
}

export class Exim {
  /** A program that takes Exim's arguments, with this configuration. */
  readonly command: string
  /** Where it listens once `listen` has resolved. */
  readonly port: number
  readonly #folder: string
  #daemon: ChildProcess | undefined

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.command = join(folder, 'exim')
    this.port = port
  }

  static async make(settings: EximSettings): Promise<Exim> {
    const folder = await mkdtemp(join(tmpdir(), 'posthorn-exim-'))
    await chmod(folder, 0o755)
    const [port = 0] = await freePorts(1)
    const exim = new Exim(folder, port)
    for (const name of ['spool', 'log']) {
      await mkdir(join(folder, name))
      await chown(join(folder, name), eximUser, eximUser)
    }
    const account = `Debian-exim:x:${eximUser}`
    await writeFile(
      join(folder, 'passwd'),
      `${await readFile('/etc/passwd', 'utf8')}${account}:${eximUser}::/:/bin/false\n`,
    )
    await writeFile(join(folder, 'group'), `${await readFile('/etc/group', 'utf8')}${account}:\n`)
    const configuration = [
      ...[`exim_path = ${program}`, 'keep_environment =', 'primary_hostname = exim.example.org'],
      ...[`spool_directory = ${folder}/spool`, `log_file_path = ${folder}/log/%slog`, 'exim_user = Debian-exim'],
      ...[
        'local_interfaces = 127.0.0.1',
        `daemon_smtp_ports = ${exim.port}`,
        'acl_smtp_rcpt = accept',
        'host_lookup =',
      ],
      ...['never_users =', 'rfc1413_query_timeout = 0s', 'untrusted_set_sender = *'],
      ...(settings.main ?? []),
      ...['begin routers', ...settings.routers, 'begin transports', ...settings.transports],
      ...['begin retry', '* * F,2h,1m'],
    ]
    await writeFile(join(folder, 'exim.conf'), `${configuration.join('\n')}\n`)
    const binds = ['passwd', 'group'].map(name => `mount --bind '${folder}/${name}' /etc/${name}`).join(' && ')
    const inside = `${binds} && exec '${program}' -C '${folder}/exim.conf' "$@"`
    await writeFile(
      exim.command,
      `#!/bin/sh\nexec unshare --mount sh -c '${inside.replaceAll("'", "'\\''")}' exim "$@"\n`,
    )
    await chmod(exim.command, 0o755)
    return exim
  }

  /** Takes letters on `port` from now on. */
  async listen(): Promise<void> {
    const daemon = spawn(this.command, ['-bdf', '-q1m'], { stdio: 'ignore' })
    this.#daemon = daemon
    try {
      await answering(this.port, () => daemon.exitCode === null)
    } catch (error) {
      throw new Error(`Exim does not start: ${await this.log()}`, { cause: error })
    }
  }

  async log(): Promise<string> {
    return readFile(join(this.#folder, 'log', 'mainlog'), 'utf8').catch(() => '')
  }

  async remove(): Promise<void> {
    await endProcess(this.#daemon)
    await rm(this.#folder, { recursive: true, force: true })
  }
}
