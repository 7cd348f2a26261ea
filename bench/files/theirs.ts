/** The same file through Debian's NNCP: its programs, one after the other, with the memory that each takes. */
import { spawn } from 'node:child_process'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseSize } from '../../packages/node/src/cli/sizes.ts'
import { makeNncpNodes, nncpInstalled, packetFolder } from '../../tests/interop/nncp.ts'
import { show } from '../support/figures.ts'

export async function throughNncp(folder: string, path: string, chunk: string | undefined): Promise<void> {
  if (!nncpInstalled) return
  const [carol, dave] = await makeNncpNodes(folder, ['carol', 'dave'])
  if (carol === undefined || dave === undefined) return
  const chunked = chunk === undefined ? [] : ['-chunked', String(parseSize(chunk) / 1024)]
  await measured('file', ['-cfg', carol.configFile, '-quiet', ...chunked, path, 'dave:large'])
  const arrived = packetFolder(dave, carol.id, 'rx')
  await mkdir(dirname(arrived), { recursive: true })
  await rename(packetFolder(carol, dave.id, 'tx'), arrived)
  await measured('toss', ['-cfg', dave.configFile, '-quiet'])
  if (chunk === undefined) return
  await measured('reass', ['-cfg', dave.configFile, '-quiet', join(dave.incoming, 'large.nncp.meta')])
}

async function measured(command: string, args: readonly string[]): Promise<void> {
  const start = performance.now()
  const child = spawn(`nncp-${command}`, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  let peakMebibytes = 0
  const ended = new Promise<number | null>(resolve => child.once('close', resolve))
  while (child.exitCode === null) {
    const text = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
    peakMebibytes = Math.max(peakMebibytes, Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) / 1024)
    await sleep(20)
  }
  const code = await ended
  if (code !== 0) throw new Error(`nncp-${command} ended with ${code}`)
  show(`theirs: nncp-${command}`, (performance.now() - start) / 1000, 's')
  show(`theirs: most memory, nncp-${command}`, peakMebibytes, 'MiB')
}
