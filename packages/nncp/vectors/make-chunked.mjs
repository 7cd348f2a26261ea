/**
 * Makes chunked.json with NNCP's own programs (Debian package `nncp`, 8.8.2): what `nncp-file -chunked` writes into the
 * `.nncp.meta` of files of some sizes. Run by hand. Contents are as in make.mjs.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const home = mkdtempSync(join(tmpdir(), 'nncp-vectors-'))
const content = sizeBytes => Uint8Array.from({ length: sizeBytes }, (_, i) => (i * 31 + (i >> 8)) & 255)

function run(command, args, input = '') {
  const done = spawnSync(`nncp-${command}`, args, { input, maxBuffer: 2 ** 28 })
  if (done.status !== 0) throw new Error(`nncp-${command} ${args.join(' ')}: ${done.stderr.toString()}`)
  return done.stdout.toString()
}

const generated = run('cfgnew', ['-nocomments']).split('neigh:')[0]
const keys = Object.fromEntries(
  [...generated.matchAll(/^ +(id|\w*pub|\w*prv): (\w+)$/gm)].map(([, name, value]) => [name, value]),
)
const { id, exchpub, signpub, noisepub } = keys
const incoming = join(home, 'incoming')
mkdirSync(incoming)
const config = join(home, 'nncp.hjson')
const neigh = { self: { id, exchpub, signpub, noisepub, incoming } }
writeFileSync(config, JSON.stringify({ spool: join(home, 'spool'), log: join(home, 'log'), self: keys, neigh }))

const files = [
  [0, 1],
  [1, 1],
  [2048, 1],
  [2500, 1],
  [300_000, 128],
].map(([sizeBytes, chunkKib]) => {
  const name = `file-${sizeBytes}`
  const options = ['-cfg', config, '-quiet']
  run('file', [...options, '-chunked', String(chunkKib), '-', `self:${name}`], content(sizeBytes))
  rmSync(join(home, 'spool', id, 'rx'), { recursive: true, force: true })
  renameSync(join(home, 'spool', id, 'tx'), join(home, 'spool', id, 'rx'))
  run('toss', [...options, '-node', 'self'])
  const meta = readFileSync(join(incoming, `${name}.nncp.meta`)).toString('base64')
  return { sizeBytes, chunkBytes: chunkKib * 1024, meta }
})
const version = run('hash', ['-version']).split('\n')[0]
writeFileSync(join(import.meta.dirname, 'chunked.json'), `${JSON.stringify({ version, files }, null, 1)}\n`)
rmSync(home, { recursive: true })
