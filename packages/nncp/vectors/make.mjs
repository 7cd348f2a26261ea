/**
 * Makes the golden vectors in this folder with NNCP's own programs (Debian package `nncp`, 8.8.2).
 *
 * Run by hand, `node packages/nncp/vectors/make.mjs`, when a vector is added. Keys are fresh each time, so every file
 * changes with each run; the tests read whatever is here. Contents are not stored: `content` names a size, and byte i
 * of the content is (i * 31 + (i >> 8)) & 255.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const vectors = import.meta.dirname
const home = mkdtempSync(join(tmpdir(), 'nncp-vectors-'))
const blockBytes = 128 * 1024
const headerBytes = 276

function content(sizeBytes) {
  return Uint8Array.from({ length: sizeBytes }, (_, i) => (i * 31 + (i >> 8)) & 255)
}

function run(command, args, input) {
  const done = spawnSync(`nncp-${command}`, args, { input: input ?? '', maxBuffer: 2 ** 28 })
  if (done.status !== 0) throw new Error(`nncp-${command} ${args.join(' ')}: ${done.stderr.toString()}`)
  return done.stdout
}

/** Keys out of what nncp-cfgnew prints. */
function keysIn(text) {
  return Object.fromEntries(
    [...text.matchAll(/^ +(id|\w*pub|\w*prv): (\w+)$/gm)].map(([, name, value]) => [name, value]),
  )
}

function makeNodes(names) {
  const keys = Object.fromEntries(
    names.map(name => [name, keysIn(run('cfgnew', ['-nocomments']).toString().split('neigh:')[0])]),
  )
  const area = keysIn(run('cfgnew', ['-nocomments', '-area', 'news']).toString())
  for (const name of names) {
    const neigh = {}
    for (const other of names) {
      const { id, exchpub, signpub, noisepub } = keys[other]
      neigh[other === name ? 'self' : other] = { id, exchpub, signpub, noisepub, exec: { handle: ['/bin/true'] } }
    }
    mkdirSync(join(home, name))
    writeFileSync(
      join(home, `${name}.hjson`),
      JSON.stringify({
        spool: join(home, name),
        log: join(home, `${name}.log`),
        self: keys[name],
        neigh,
        areas: { news: { ...area, subs: names.filter(other => other !== name) } },
      }),
    )
  }
  return { keys, area }
}

const { keys, area } = makeNodes(['alice', 'bob', 'relay', 'far'])

function outbox(from, to) {
  const folder = join(home, from, keys[to].id, 'tx')
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter(name => /^[A-Z2-7]{52}$/.test(name))
    .map(name => ({ id: name, path: join(folder, name) }))
}

/** Runs a command of `from` that makes one packet whose first stop is `to`, and takes that packet out of the spool. */
function packetOf(from, to, command, args, input) {
  run(command, ['-cfg', join(home, `${from}.hjson`), '-quiet', ...args], input)
  const made = outbox(from, to)
  if (made.length !== 1) throw new Error(`${made.length} packets instead of one`)
  const bytes = readFileSync(made[0].path)
  rmSync(made[0].path)
  return { id: made[0].id, bytes }
}

const packets = []

function add(name, expected, [command, args, input], stops = ['bob'], from = 'alice') {
  const { id, bytes } = packetOf(from, stops[0], command, args, input)
  const file = bytes.length > 10_000 ? `${name}.bin` : undefined
  if (file !== undefined) writeFileSync(join(vectors, file), bytes)
  packets.push({
    name,
    command: [`nncp-${command}`, ...args].join(' '),
    id,
    from,
    stops,
    ...expected,
    ...(file === undefined ? { packet: bytes.toString('base64') } : { file }),
  })
}

/** A file of such a size that the plain packet has `payloadBytes`. */
function addFile(name, payloadBytes, minimumKib) {
  const sizeBytes = payloadBytes - headerBytes
  const options = minimumKib === undefined ? [] : ['-minsize', String(minimumKib)]
  add(name, { type: 'file', niceness: 224, plainNiceness: 224, path: 'name.txt', content: sizeBytes }, [
    'file',
    [...options, '-', 'bob:name.txt'],
    content(sizeBytes),
  ])
}

addFile('file-empty', headerBytes)
addFile('file-one-byte', headerBytes + 1)
addFile('file-small-padded', headerBytes + 100, 4)
addFile('file-size-block-full', blockBytes - 16)
addFile('file-rest-of-one', blockBytes - 15)
addFile('file-one-block', blockBytes)
addFile('file-rest-padded-inside-and-outside', blockBytes - 15, 257)

const exec = { type: 'exec-fat', niceness: 96, plainNiceness: 224, handle: 'handle' }
const fat = (args, input) => ['exec', ['-nocompress', 'bob', 'handle', ...args], input]
add('exec-fat', { ...exec, args: [], content: 20 }, fat([], content(20)))
for (const [name, args] of Object.entries({
  'exec-empty-argument': [''],
  'exec-odd-arguments': ['-x', '', 'two words', 'grüße 😀', 'a\nb', ''],
  'exec-path-full': ['x'.repeat(255 - 7)],
})) {
  add(name, { ...exec, args, content: 0 }, fat(args))
}
add('exec-nice', { ...exec, niceness: 101, plainNiceness: 32, args: [], content: 0 }, [
  'exec',
  ['-nice', 'P+5', '-replynice', 'F', '-nocompress', 'bob', 'handle'],
])
add('exec-compressed', { ...exec, type: 'exec', args: ['a'], compressedContent: 1000 }, [
  'exec',
  ['bob', 'handle', 'a'],
  content(1000),
])
add('exec-compressed-empty', { ...exec, type: 'exec', args: ['a'], content: 0 }, ['exec', ['bob', 'handle', 'a']])
add('freq', { type: 'freq', niceness: 160, plainNiceness: 224, path: 'dir/one.txt', text: 'two.txt' }, [
  'freq',
  ['bob:dir/one.txt', 'two.txt'],
])
const onion = { type: 'file', niceness: 96, plainNiceness: 96, path: 'on', content: 50 }
const via = (relays, options = []) => ['file', ['-nice', 'P', '-via', relays, ...options, '-', 'bob:on'], content(50)]
add('via-one', onion, via('relay'), ['relay', 'bob'])
add('via-two', onion, via('relay,far'), ['relay', 'far', 'bob'])
add('via-two-padded', onion, via('relay,far', ['-minsize', '4']), ['relay', 'far', 'bob'])
add(
  'area',
  { type: 'area', niceness: 224, plainNiceness: 0, area: area.id, inner: { path: 'on', content: 50 } },
  ['file', ['-', 'area:news:on'], content(50)],
  ['alice'],
)

// An acknowledgement needs a packet that has arrived.
const arrived = packetOf('alice', 'bob', 'file', ['-', 'bob:on'], content(1))
const inbox = join(home, 'bob', keys.alice.id, 'rx')
mkdirSync(inbox, { recursive: true })
writeFileSync(join(inbox, arrived.id), arrived.bytes)
add(
  'ack',
  { type: 'ack', niceness: 160, plainNiceness: 160, acknowledged: arrived.id, content: 0 },
  ['ack', ['-node', 'alice']],
  ['alice'],
  'bob',
)

const sizes = [0, 1, 2, 5]
  .flatMap(blocks => [-1, 0, 1].map(more => blocks * blockBytes + more))
  .filter(size => size >= 0)
const hashes = [...sizes, 3 * blockBytes, 3 * blockBytes + 1, 7 * blockBytes, 8 * blockBytes + 3].map(size => ({
  size,
  hash: run('hash', [], content(size)).toString().trim(),
}))

const version = run('hash', ['-version']).toString().split('\n')[0]
const write = (name, value) => writeFileSync(join(vectors, name), `${JSON.stringify({ version, ...value }, null, 1)}\n`)
write('keys.json', { nodes: keys, area })
write('mth.json', { hashes })
write('packets.json', { packets })
rmSync(home, { recursive: true })
