/**
 * Makes `node_modules` what package-lock.json says. Needs nothing but Node: it runs before anything is installed.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { withSetupLock } from './lock.mjs'
import { at, fail, readIfThere, sha256 } from './repository.mjs'
import { capture } from './run.mjs'

const nodeVersionMin = { major: 20, minor: 19 }
const stampPath = at('node_modules', '.posthorn-setup')
const npmArguments = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']

/** Ends the script when this Node is too old. @param {string} [version] */
export function requireNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const least = nodeVersionMin
  if (major > least.major || (major === least.major && minor >= least.minor)) return
  fail(`Posthorn needs Node.js ${least.major}.${least.minor} or newer; this is ${version}. See https://nodejs.org/`)
}

/** Installs when something is missing or the lock file has changed; says so, because it takes a while. */
export async function ensureInstalled() {
  requireNode()
  if (isStamped()) return
  await withSetupLock(async () => {
    if (isStamped()) return
    if (!matchesLock(readIfThere(at('package-lock.json')), readIfThere(at('node_modules', '.package-lock.json')))) {
      await install()
    }
    mkdirSync(dirname(stampPath), { recursive: true })
    writeFileSync(stampPath, wantedStamp())
  })
}

function wantedStamp() {
  const lock = readIfThere(at('package-lock.json'))
  if (lock === null) fail('package-lock.json is missing: this is not a whole checkout of Posthorn.')
  // Some packages carry native code for one platform.
  return `${sha256(lock)} ${process.platform}-${process.arch}\n`
}

function isStamped() {
  return readIfThere(stampPath) === wantedStamp()
}

/**
 * Did somebody already run `npm ci` by hand? npm leaves a copy of what it installed; everything that the lock file
 * requires on all platforms must be in it with the same version and hash.
 * @param {string | null} lockText @param {string | null} installedText
 */
export function matchesLock(lockText, installedText) {
  if (lockText === null || installedText === null) return false
  const wanted = JSON.parse(lockText).packages
  const installed = JSON.parse(installedText).packages
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/') || entry.optional || entry.devOptional) return true
    const there = installed[path]
    return there !== undefined && there.version === entry.version && there.integrity === entry.integrity
  })
}

async function install() {
  process.stderr.write('Installing dependencies (a minute or two, the first time only)…\n')
  const [command, prefix] = npmCommand()
  const { code, output } = await capture(command, [...prefix, ...npmArguments])
  if (code === 0) return
  process.stderr.write(withoutHosts(output.split('\n').slice(-40).join('\n')))
  fail(`Installing failed (exit status ${code}). Check the network, then run the command again.`)
}

/** npm of this Node, started without a shell. @returns {[string, string[]]} */
function npmCommand() {
  const started = process.env['npm_execpath']
  const beside = resolve(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js')
  const onWindows = resolve(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js')
  const script = [started, beside, onWindows].find(path => path && /npm-cli\.c?js$/.test(path) && existsSync(path))
  return script === undefined ? ['npm', []] : [process.execPath, [script]]
}

/** What npm said, without the names of the hosts it asked: logs are public. @param {string} text */
export function withoutHosts(text) {
  return text
    .replace(/\b[a-z][a-z+]*:\/\/[^\s/'"]+/gi, 'https://…')
    .replace(/\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH)\s+[^\s]+/g, '$1 …')
    .replace(/(reason: .*?\bto )[^\s]+/g, '$1…')
}
