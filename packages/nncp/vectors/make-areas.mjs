/**
 * Makes areas.json in this folder with NNCP's own programs (Debian package `nncp`, 8.8.2), as make.mjs does the rest:
 * messages to an area, each with the hash by which NNCP knows it again. Run by hand; keys are fresh each time.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const home = mkdtempSync(join(tmpdir(), 'nncp-areas-'))

function content(sizeBytes) {
  return Uint8Array.from({ length: sizeBytes }, (_, i) => (i * 31 + (i >> 8)) & 255)
}

function run(command, args, input) {
  const done = spawnSync(`nncp-${command}`, args, { input: input ?? '' })
  if (done.status !== 0) throw new Error(`nncp-${command} ${args.join(' ')}: ${done.stderr.toString()}`)
  return done.stdout
}

/** Keys out of what nncp-cfgnew prints. */
function keysIn(text) {
  return Object.fromEntries(
    [...text.matchAll(/^ +(id|\w*pub|\w*prv): (\w+)$/gm)].map(([, name, value]) => [name, value]),
  )
}

const author = keysIn(run('cfgnew', ['-nocomments']).toString().split('neigh:')[0])
const area = keysIn(run('cfgnew', ['-nocomments', '-area', 'news']).toString())
const { id, exchpub, signpub, noisepub } = author
const config = join(home, 'nncp.hjson')
const neigh = { self: { id, exchpub, signpub, noisepub } }
writeFileSync(
  config,
  JSON.stringify({ spool: home, log: join(home, 'log'), self: author, neigh, areas: { news: area } }),
)

const outbox = join(home, id, 'tx')
const remembered = join(home, id, 'area', area.id)
const known = new Set()
const messages = []

function add(name, expected, [command, args, input]) {
  run(command, ['-cfg', config, '-quiet', ...args], input)
  const [packet, ...more] = readdirSync(outbox).filter(file => /^[A-Z2-7]{52}$/.test(file))
  const [hash, ...others] = readdirSync(remembered).filter(file => !known.has(file))
  if (packet === undefined || hash === undefined || more.length + others.length > 0) throw new Error('not one message')
  known.add(hash)
  const bytes = readFileSync(join(outbox, packet)).toString('base64')
  rmSync(join(outbox, packet))
  messages.push({ name, command: [`nncp-${command}`, ...args].join(' '), hash, ...expected, packet: bytes })
}

const file = sizeBytes => ({ type: 'file', niceness: 224, plainNiceness: 224, path: 'name.txt', content: sizeBytes })
for (const sizeBytes of [0, 1, 1000]) {
  add(`file-${sizeBytes}`, file(sizeBytes), ['file', ['-', 'area:news:name.txt'], content(sizeBytes)])
}
add('file-padded', file(10), ['file', ['-minsize', '3', '-', 'area:news:name.txt'], content(10)])
add(
  'exec-fat',
  { type: 'exec-fat', niceness: 96, plainNiceness: 224, handle: 'handle', args: ['', '-x'], content: 20 },
  ['exec', ['-nocompress', 'area:news', 'handle', '', '-x'], content(20)],
)
add('exec-nice', { type: 'exec-fat', niceness: 37, plainNiceness: 160, handle: 'handle', args: [], content: 0 }, [
  'exec',
  ['-nice', 'F+5', '-replynice', 'N', '-nocompress', 'area:news', 'handle'],
])

const version = run('hash', ['-version']).toString().split('\n')[0]
const text = `${JSON.stringify({ version, author, area, messages }, null, 1)}\n`
writeFileSync(join(import.meta.dirname, 'areas.json'), text)
rmSync(home, { recursive: true })
