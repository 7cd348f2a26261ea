/**
 * Programs of the system that tests run against. On Debian, as root, they are installed when missing; elsewhere the
 * tests that need them are skipped.
 */
import { accessSync, constants, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { withoutHosts } from './install.mjs'
import { at } from './repository.mjs'
import { capture } from './run.mjs'

/**
 * `command` is one of the packages' programs, by its name or by an absolute path where it is not on the PATH.
 *
 * @type {{ package: string, command: string, tests: string }[]}
 */
const needed = [
  {
    package: 'nncp',
    command: 'nncp-xfer',
    tests: 'interoperation with NNCP (golden packets, nncp-xfer, nncp-exec, nncp-toss)',
  },
  { package: 'iproute2', command: 'ip', tests: 'finding other nodes, in network namespaces' },
  {
    package: 'python3',
    command: 'python3',
    tests: 'delivery reports and POP3, by Python; the harness, whose bad roads are in Python',
  },
  { package: 'util-linux', command: 'nsenter', tests: 'the harness: nodes in namespaces of their own' },
  { package: 'e2fsprogs', command: 'mkfs.ext4', tests: 'the harness: disks and sticks' },
  { package: 'strace', command: 'strace', tests: 'the harness: system calls that fail' },
  { package: 'openssl', command: 'openssl', tests: 'certificates and TLS as OpenSSL sees them' },
  { package: 'postfix', command: '/usr/sbin/postfix', tests: 'mail to and from Postfix' },
  { package: 'uucp', command: 'uux', tests: 'mail for UUCP sites' },
  { package: 'dovecot-lmtpd', command: '/usr/lib/dovecot/lmtp', tests: 'mail to Dovecot by LMTP' },
  { package: 'dovecot-pop3d', command: '/usr/lib/dovecot/pop3', tests: 'Dovecot, as tests set it up' },
  { package: 'isync', command: 'mbsync', tests: 'mail clients: mbsync' },
  { package: 'neomutt', command: 'neomutt', tests: 'mail clients: neomutt' },
  { package: 'curl', command: 'curl', tests: 'mail clients: curl' },
  {
    package: 'swaks libnet-ssleay-perl libauthen-sasl-perl',
    command: 'swaks',
    tests: 'mail clients: swaks',
  },
  { package: 'notmuch', command: 'notmuch', tests: 'notmuch on a Maildir while the node runs' },
  { package: 'fetchmail', command: 'fetchmail', tests: 'mail clients: fetchmail' },
  { package: 'mpop', command: 'mpop', tests: 'mail clients: mpop' },
  { package: 'dovecot-imapd', command: '/usr/lib/dovecot/imap', tests: 'IMAP beside Dovecot' },
  {
    package: 'chromium fonts-noto-core fonts-noto-color-emoji',
    command: 'chromium',
    tests: 'the web chat in a browser',
  },
  {
    package: 'git-email libmailtools-perl',
    command: '/usr/lib/git-core/git-send-email',
    tests: 'posthorn sendmail behind git send-email',
  },
]

/** @param {string} command @param {string} [path] */
export function isOnPath(command, path = process.env['PATH'] ?? '') {
  if (isAbsolute(command)) return isProgram(command)
  return path.split(delimiter).some(folder => folder !== '' && isProgram(join(folder, command)))
}

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function missing() {
  return needed.filter(item => !isOnPath(item.command))
}

/** Never fails: what cannot be had is said loudly, and the tests that need it skip themselves. */
export async function ensureDebianPackages() {
  const canInstall = process.getuid?.() === 0 && isOnPath('apt-get')
  if (missing().length > 0 && canInstall) await aptInstall()
  if (canInstall) await fetchExim()
  for (const item of missing()) {
    process.stdout.write(`\n!!! ${item.command} is missing (Debian: ${item.package}).\n`)
    process.stdout.write(`!!! SKIPPED for that reason: ${item.tests}\n\n`)
  }
}

/** Unpacked by its tests, never installed: it and Postfix exclude each other. They run without a network. */
const eximName = 'exim4-daemon-light'

async function fetchExim() {
  const folder = at('node_modules', '.cache', 'debian')
  if (existsSync(join(folder, `${eximName}.deb`))) return
  mkdirSync(folder, { recursive: true })
  await capture('apt-get', ['download', eximName], { cwd: folder })
  const archive = readdirSync(folder).find(name => name.startsWith(`${eximName}_`) && name.endsWith('.deb'))
  if (archive !== undefined) renameSync(join(folder, archive), join(folder, `${eximName}.deb`))
}

/** Asked by Debian's packages whether their daemons may start: 101 says no. Tests run servers of their own. */
const policyPath = '/usr/sbin/policy-rc.d'

async function aptInstall() {
  const ours = !existsSync(policyPath)
  try {
    if (ours) writeFileSync(policyPath, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
    await aptInstallQuietly()
  } catch (error) {
    process.stdout.write(`\nNothing could be installed: ${error instanceof Error ? error.message : String(error)}\n`)
  } finally {
    if (ours) rmSync(policyPath, { force: true })
  }
}

async function aptInstallQuietly() {
  const names = missing().flatMap(item => item.package.split(' '))
  process.stdout.write(`Installing Debian packages for the tests: ${names.join(', ')}…\n`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const update = await capture('apt-get', ['update'], { env })
  const install = await capture('apt-get', ['install', '--yes', '--no-install-recommends', ...names], { env })
  if (install.code === 0) return
  process.stdout.write(withoutHosts(`${update.output}${install.output}`.split('\n').slice(-40).join('\n')))
  process.stdout.write(`\napt-get failed (exit status ${install.code}).\n`)
}
