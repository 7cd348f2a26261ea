/**
 * Sealing and opening packets, beside Debian's `nncp-file` and `nncp-toss` on the same file, in turn.
 * Run: npx tsx bench/packets/run.ts [MiB]
 */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  formatPrivateIdentity,
  formatPublicIdentity,
  generateIdentity,
  mthHasher,
  openPacket,
  type PrivateIdentity,
  plainPacket,
  sealPacket,
  textPath,
} from '@posthorn/nncp'
import { nativeSuite } from '../../packages/node/src/node/crypto.ts'
import { median, show } from '../support/figures.ts'

const sizeMebibytes = Number(process.argv[2] ?? 256)
const rounds = 3
const suite = nativeSuite()
const readChunkBytes = 128 * 1024

/** As the stores write: chunk by chunk, then fsync. */
async function writeDurable(path: string, source: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'w')
  for await (const chunk of source) await file.writev([chunk])
  await file.sync()
  await file.close()
}

async function* hashed(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hasher = mthHasher(suite)
  for await (const chunk of source) {
    hasher.update(chunk)
    yield chunk
  }
  hasher.digest()
}

async function seal(from: PrivateIdentity, to: PrivateIdentity, plain: string, packet: string): Promise<void> {
  const body = createReadStream(plain, { highWaterMark: readChunkBytes })
  const payload = plainPacket({ type: 'file', niceness: 224, path: textPath('big') }, body)
  const sealed = sealPacket({ suite, random: randomBytes, sender: from, recipient: to, niceness: 224, payload })
  await writeDurable(packet, hashed(sealed))
}

async function unseal(from: PrivateIdentity, to: PrivateIdentity, packet: string, plain: string): Promise<void> {
  const source = hashed(createReadStream(packet, { highWaterMark: readChunkBytes }))
  const opened = await openPacket({ suite, recipient: to, senderOf: () => from, source })
  await writeDurable(plain, opened.body)
}

async function nncpConfig(folder: string, self: PrivateIdentity, other: PrivateIdentity): Promise<string> {
  const spool = join(folder, `spool-${self.id.slice(0, 8)}`)
  const incoming = join(folder, `incoming-${self.id.slice(0, 8)}`)
  await mkdir(spool, { recursive: true })
  await mkdir(incoming, { recursive: true })
  const config = join(folder, `${self.id.slice(0, 8)}.hjson`)
  const neigh = { self: formatPublicIdentity(self), other: { ...formatPublicIdentity(other), incoming } }
  await writeFile(config, JSON.stringify({ spool, log: join(folder, 'log'), self: formatPrivateIdentity(self), neigh }))
  return config
}

function nncp(command: string, args: readonly string[]): void {
  const done = spawnSync(command, ['-quiet', ...args], { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${command}: ${done.error?.message ?? done.stderr}`)
}

async function seconds(work: () => Promise<void> | void): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

const folder = await mkdtemp(join(tmpdir(), 'posthorn-bench-'))
try {
  const [alice, bob] = [generateIdentity(suite, randomBytes), generateIdentity(suite, randomBytes)]
  const [configA, configB] = [await nncpConfig(folder, alice, bob), await nncpConfig(folder, bob, alice)]
  const [plain, packet, back] = ['plain', 'packet', 'back'].map(name => join(folder, name)) as [string, string, string]
  await writeFile(plain, randomBytes(sizeMebibytes * 1024 * 1024))
  const figures = { seal: [] as number[], nncpFile: [] as number[], open: [] as number[], nncpToss: [] as number[] }
  for (let round = 0; round < rounds; round += 1) {
    figures.seal.push(await seconds(() => seal(alice, bob, plain, packet)))
    figures.nncpFile.push(await seconds(() => nncp('nncp-file', ['-cfg', configA, plain, 'other:big'])))
    figures.open.push(await seconds(() => unseal(alice, bob, packet, back)))
    nncp('nncp-xfer', ['-cfg', configA, '-mkdir', '-tx', folder])
    nncp('nncp-xfer', ['-cfg', configB, '-rx', folder])
    figures.nncpToss.push(await seconds(() => nncp('nncp-toss', ['-cfg', configB])))
  }
  if (!(await readFile(plain)).equals(await readFile(back))) throw new Error('the packet came back altered')
  const speed = (values: number[]) => sizeMebibytes / median(values)
  show('sealed, hashed and written', speed(figures.seal), 'MiB/s')
  show('nncp-file', speed(figures.nncpFile), 'MiB/s')
  show('ratio', speed(figures.seal) / speed(figures.nncpFile), '')
  show('hashed, opened and written', speed(figures.open), 'MiB/s')
  show('nncp-toss', speed(figures.nncpToss), 'MiB/s')
  show('ratio', speed(figures.open) / speed(figures.nncpToss), '')
  show('peak memory of this process', process.resourceUsage().maxRSS / 1024, 'MiB')
} finally {
  await rm(folder, { recursive: true, force: true })
}
