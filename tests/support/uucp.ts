/** Two sites of Taylor UUCP on one machine, with configurations and spools of the test's own; as root only. */
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installed, succeeding } from './programs.ts'

export const uucpIsHere: boolean =
  installed('uux', 'uucp') && existsSync('/usr/sbin/uucico') && process.getuid?.() === 0

/** What a site ran `rmail` with. */
export interface RmailCall {
  readonly args: readonly string[]
  readonly input: string
}

export class UucpSite {
  readonly config: string
  readonly #folder: string

  private constructor(folder: string, name: string) {
    this.#folder = join(folder, name)
    this.config = join(this.#folder, 'config')
  }

  /**
   * `here` can call `there`, and give it letters for the programs there: shell scripts by their names. Without any
   * there is an `rmail` that notes its calls.
   */
  static async pair(
    here: string,
    there: string,
    scripts?: Readonly<Record<string, string>>,
  ): Promise<{ here: UucpSite; there: UucpSite; remove: () => Promise<void> }> {
    const folder = await mkdtemp(join(tmpdir(), 'posthorn-uucp-'))
    const sites = { here: new UucpSite(folder, here), there: new UucpSite(folder, there) }
    await sites.here.#write(here, [`system ${there}`, 'time any', 'port link', 'chat "" \\c', 'protocol i'])
    const link = `port link\ntype pipe\ncommand /usr/sbin/uucico -I ${sites.there.config}\n`
    await writeFile(join(folder, here, 'port'), link)
    const commands = join(folder, there, 'bin')
    const calls = join(folder, there, 'calls')
    const noting = `PATH=/usr/bin:/bin; export PATH\nprintf '%s\\n' "$@" > ${calls}/args.$$\ncat > ${calls}/input.$$`
    const programs = scripts ?? { rmail: `${noting}\necho $$ >> ${calls}/list` }
    const names = Object.keys(programs).join(' ')
    await sites.there.#write(there, [`system ${here}`, `commands ${names}`, `command-path ${commands}`])
    for (const [name, script] of Object.entries(programs)) {
      await writeFile(join(commands, name), `#!/bin/sh\n${script}\n`)
      await chmod(join(commands, name), 0o755)
    }
    await chmod(folder, 0o755)
    // UUCP's programs are its own user's, whoever starts them.
    await succeeding(['chown', '-R', 'uucp:uucp', folder])
    return { ...sites, remove: () => rm(folder, { recursive: true, force: true }) }
  }

  /** Carries what waits to the other site. */
  async call(other: string): Promise<void> {
    await succeeding(['/usr/sbin/uucico', '-I', this.config, '-S', other])
  }

  /** Runs what came. */
  async execute(): Promise<void> {
    await succeeding(['/usr/sbin/uuxqt', '-I', this.config])
  }

  async rmailCalls(): Promise<RmailCall[]> {
    const calls = join(this.#folder, 'calls')
    const list = await readFile(join(calls, 'list'), 'utf8').catch(() => '')
    const ids = list.split('\n').filter(id => id !== '')
    return Promise.all(
      ids.map(async id => ({
        args: (await readFile(join(calls, `args.${id}`), 'utf8')).trimEnd().split('\n'),
        input: await readFile(join(calls, `input.${id}`), 'latin1'),
      })),
    )
  }

  log(): Promise<string> {
    return readFile(join(this.#folder, 'log'), 'utf8').catch(() => '')
  }

  async #write(name: string, system: readonly string[]): Promise<void> {
    const folder = this.#folder
    for (const part of ['', 'spool', 'pub', 'locks', 'bin', 'calls'])
      await mkdir(join(folder, part), { recursive: true })
    const files = ['port', 'call', 'passwd', 'dial'].map(file => `${file}file ${folder}/${file}`)
    const own = [`nodename ${name}`, `spool ${folder}/spool`, `pubdir ${folder}/pub`, `lockdir ${folder}/locks`]
    const logs = [`logfile ${folder}/log`, `statfile ${folder}/stats`, `debugfile ${folder}/debug`]
    const lines = [...own, ...logs, ...files, `sysfile ${folder}/sys`, 'run-uuxqt never']
    await writeFile(join(folder, 'config'), `${lines.join('\n')}\n`)
    await writeFile(join(folder, 'sys'), `${system.join('\n')}\n`)
    for (const file of ['port', 'call', 'passwd', 'dial']) await writeFile(join(folder, file), '')
  }
}
