/**
 * `npm start [-- --home DIR --name NAME --ports auto …]`: from a fresh clone to a running node with one command.
 * Makes the home on first use; all other arguments go to `posthorn start`.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ensureBuilt } from './lib/build.mjs'
import { ensureInstalled } from './lib/install.mjs'
import { at, fail } from './lib/repository.mjs'
import { exitCodeOf, run } from './lib/run.mjs'
import { startArguments } from './lib/start-arguments.mjs'

const posthorn = at('packages', 'node', 'bin', 'posthorn.js')

// npm runs scripts in the folder of package.json; a relative --home is meant from where the person stands.
const context = { env: process.env, cwd: process.env['INIT_CWD'] ?? process.cwd() }
const sorted = startArguments(process.argv.slice(2), context)
const wanted = 'fault' in sorted ? fail(sorted.fault) : sorted

await ensureInstalled()
await ensureBuilt()
if (!wanted.start.includes('--help') && !wanted.start.includes('-h')) await ensureHome()
process.exitCode = await runDaemon(['start', '--home', wanted.home, ...opening(wanted.start), ...wanted.start])

/**
 * A newcomer sees the web chat at once; scripts and machines without a person do not.
 * @param {string[]} given
 */
function opening(given) {
  const isUnwanted = given.some(option => option === '--no-open' || option === '--json')
  return isUnwanted || process.env['CI'] !== undefined || !process.stdout.isTTY ? [] : ['--open']
}

async function ensureHome() {
  if (existsSync(join(wanted.home, 'posthorn.toml'))) {
    if (wanted.init.length > 0)
      process.stderr.write(`${wanted.init.join(' ')} ignored: ${wanted.home} is set up already.\n`)
    return
  }
  const code = await run(process.execPath, [posthorn, 'init', '--home', wanted.home, ...wanted.init])
  if (code !== 0) process.exit(code)
}

/** @param {string[]} args @returns {Promise<number>} */
function runDaemon(args) {
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, [posthorn, ...args], { stdio: 'inherit' })
    process.on('SIGTERM', () => child.kill('SIGTERM'))
    process.on('SIGINT', () => {
      // Ctrl-C reaches everything in the terminal: only an interrupt sent to us alone needs handing on.
      if (!process.stdin.isTTY) child.kill('SIGINT')
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => done(exitCodeOf(code, signal)))
  })
}
