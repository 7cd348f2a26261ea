/**
 * How fast is a whole home backed up and restored, and what does it cost? The same files by `tar` and `gpg` beside it.
 * Run: npx tsx --conditions=posthorn-source bench/backup/run.ts [MiB]
 */
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { program, TestNode } from '../../tests/support/node.ts'
import { show } from '../support/figures.ts'
import { Program } from '../support/processes.ts'

const mebibytes = Number(process.argv[2] ?? 1024)
const letterBytes = 16 * 1024
const largeBytes = 16 * 1024 * 1024

/** A third in files of the size of letters, the rest in large ones. */
async function fill(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const letters = Math.floor((mebibytes * 1024 * 1024) / 3 / letterBytes)
  for (let number = 0; number < letters; number += 1) {
    await writeFile(join(folder, `letter${number}`), randomBytes(letterBytes))
  }
  const large = Math.floor((mebibytes * 1024 * 1024 * 2) / 3 / largeBytes)
  for (let number = 0; number < large; number += 1) {
    await writeFile(join(folder, `large${number}`), randomBytes(largeBytes))
  }
}

async function timed(name: string, command: string, args: readonly string[]): Promise<void> {
  const start = performance.now()
  const run = new Program(command, args)
  await run.finished()
  const seconds = (performance.now() - start) / 1000
  show(name, mebibytes / seconds, 'MiB/s')
  // Of the shell that runs others nothing is known.
  if (command !== process.execPath) return
  show(`${name}: peak memory`, run.peakMebibytes, 'MiB')
  show(`${name}: processor time`, run.processorSeconds, 's')
}

const places = await mkdtemp(join(tmpdir(), 'posthorn-bench-backup-'))
const node = await TestNode.make('bench')
try {
  await fill(join(node.home, 'incoming', 'bob'))
  await node.start()
  const [words, file] = [join(places, 'words'), join(places, 'ours')]
  await writeFile(words, 'six words that nobody can guess\n')
  const ours = (...args: string[]) => [program, ...args, '--passphrase-file', words]
  for (let round = 0; round < 2; round += 1) {
    await rm(file, { force: true })
    await timed('backup', process.execPath, ours('backup', file, '--home', node.home))
    await timed('check', process.execPath, ours('backup', '--check', file))
    await timed('restore', process.execPath, ours('restore', file, '--home', join(places, `home${round}`)))
    const sealing = `gpg --batch --pinentry-mode loopback --passphrase-file ${words} -c --compress-algo none -o -`
    const theirs = `tar -C ${node.home} -cf - . | ${sealing} > ${join(places, `theirs${round}`)} && sync ${places}`
    await timed('tar | gpg', 'sh', ['-c', `${theirs} || true`])
  }
  show('size', (await stat(file)).size / 1024 / 1024, 'MiB')
} finally {
  await node.remove()
  await rm(places, { recursive: true, force: true })
}
