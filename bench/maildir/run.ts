/**
 * A Maildir of many letters that other programs touch: import, and how soon a waiting client hears of a change.
 * Run: npx tsx --conditions=posthorn-source bench/maildir/run.ts [letters]
 */
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, readdir, rename, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { TestNode } from '../../tests/support/node.ts'
import { median, percentile, show } from '../support/figures.ts'
import { Wire } from '../support/wire.ts'

const letters = Number(process.argv[2] ?? 100_000)
const rounds = 20

async function writeMbox(path: string): Promise<void> {
  const file = createWriteStream(path)
  const body = `${'x'.repeat(70)}\n`.repeat(25)
  for (let number = 1; number <= letters; number += 1) {
    const head = `From: a@b\nMessage-ID: <${number}@bench>\nSubject: letter ${number}`
    if (file.write(`From a@b Thu Nov 22 05:47:07 2026\n${head}\n\n${body}\n`)) continue
    await once(file, 'drain')
  }
  file.end()
  await finished(file)
}

async function timed(name: string, unit: 'letters/s' | 's', work: () => Promise<unknown>): Promise<void> {
  const start = performance.now()
  await work()
  const seconds = (performance.now() - start) / 1000
  show(name, unit === 's' ? seconds : letters / seconds, unit)
}

const places = await mkdtemp(join(tmpdir(), 'posthorn-bench-maildir-'))
const node = await TestNode.make('bench')
try {
  const mbox = join(places, 'mbox')
  await writeMbox(mbox)
  const alice = await node.addUser('alice')
  await node.start()
  await timed(`import of ${letters} letters of 1.9 kB (mbox)`, 'letters/s', () =>
    node.run(['mail', 'import', 'alice', mbox]),
  )
  await timed('the same again: all are there', 'letters/s', () => node.run(['mail', 'import', 'alice', mbox]))
  const imap = await Wire.open(alice.imap.host, alice.imap.port)
  await imap.hear(/\* OK.*\r\n/)
  await imap.ask(`a LOGIN "${alice.address}" "${alice.password}"\r\n`, /^a OK.*\r\n/m)
  await imap.ask('b SELECT INBOX\r\n', /^b OK.*\r\n/m)
  await imap.ask('c IDLE\r\n', /^\+ .*\r\n/m)
  const maildir = join(node.home, 'mail', 'alice')
  const names = await readdir(join(maildir, 'cur'))
  const times: Record<string, number[]> = { delivered: [], flagged: [], removed: [] }
  for (let round = 0; round < rounds; round += 1) {
    const name = join(maildir, 'cur', names[round * 7] ?? '')
    const deeds = [
      ['delivered', /EXISTS\r\n/, () => writeFile(join(maildir, 'new', `n${round}`), 'Subject: x\n\nx\n')],
      ['flagged', /FETCH.*\r\n/, () => rename(name, `${name}S`)],
      ['removed', /EXPUNGE\r\n/, () => unlink(`${name}S`)],
    ] as const
    for (const [deed, pattern, work] of deeds) {
      const heard = imap.hear(pattern)
      const start = performance.now()
      await work()
      times[deed]?.push((await heard) - start)
    }
  }
  for (const [deed, all] of Object.entries(times)) {
    show(`${deed} by another program to the push in IDLE, median`, median(all), 'ms')
    show(`${deed} …, 95th percentile`, percentile(all, 95), 'ms')
  }
  imap.close()
  await node.end()
  const start = performance.now()
  await node.start()
  const again = await Wire.open(alice.imap.host, alice.imap.port)
  await again.hear(/\* OK.*\r\n/)
  await again.ask(`a LOGIN "${alice.address}" "${alice.password}"\r\n`, /^a OK.*\r\n/m)
  await again.ask('b SELECT INBOX\r\n', /^b OK.*\r\n/m)
  show('start of the node to the first SELECT', (performance.now() - start) / 1000, 's')
  again.close()
  await timed('rebuild of the index', 's', () => node.run(['mail', 'rebuild', 'alice']))
  await timed('export (mbox)', 'letters/s', () => node.run(['mail', 'export', 'alice', join(places, 'out')]))
} finally {
  await node.remove()
  await rm(places, { recursive: true, force: true })
}
