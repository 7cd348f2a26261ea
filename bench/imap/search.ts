/**
 * SEARCH, SORT and THREAD of one folder beside Debian's Dovecot without a full-text index: the same letters, both
 * asked without a network. Run: npx tsx --conditions=posthorn-source bench/imap/search.ts [letters] [words]
 */
import { statSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { corpusLetter } from '../../tests/support/corpus.ts'
import { DovecotMail, dovecotInstalled } from '../../tests/support/dovecot-pipe.ts'
import { median, show } from '../support/figures.ts'
import '../support/sql.ts'

const { OwnMail } = await import('../../tests/support/own-imap.ts')

const letters = Number(process.argv[2] ?? 50_000)
const words = Number(process.argv[3] ?? 200)
const rounds = 3

const commands = [
  'SEARCH UNSEEN',
  'SEARCH SUBJECT "harbour le"',
  'SEARCH FROM example.org',
  'SEARCH HEADER X-Odd ""',
  `SEARCH TEXT number${letters - 7}`,
  'SEARCH TEXT "courier solar storm"',
  'SEARCH TEXT radio',
  'SEARCH BODY zz',
  'SEARCH SENTSINCE 1-Jan-2025',
  'SORT (REVERSE DATE) UTF-8 ALL',
  'SORT (SUBJECT) UTF-8 ALL',
  'THREAD ORDEREDSUBJECT UTF-8 ALL',
  'THREAD REFERENCES UTF-8 ALL',
]

async function measure(
  name: string,
  server: { ask(command: string): Promise<string[]> },
  times = rounds,
): Promise<void> {
  await server.ask('EXAMINE INBOX')
  for (const command of commands) {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const took: number[] = []
    let answer = ''
    for (let round = 0; round < times; round += 1) {
      const start = performance.now()
      answer = (await server.ask(command)).join(' ')
      took.push(performance.now() - start)
    }
    delay.disable()
    const found = (answer.match(/\d+/g) ?? []).length
    show(`${name}: ${command}, ${found} found`, median(took), 'ms')
    if (name === 'posthorn') show('  longest time it held the thread', delay.max / 1e6, 'ms')
  }
}

const corpus = function* (): Generator<{ bytes: Buffer; internalDate: number }> {
  for (let number = 1; number <= letters; number += 1) {
    yield { bytes: corpusLetter(number, words), internalDate: 1_760_000_000 + number }
  }
}

let bytes = 0
for (const letter of corpus()) bytes += letter.bytes.length
show('letters, on average', bytes / letters, 'bytes')
const filling = performance.now()
const own = await OwnMail.make(corpus(), 64)
show('delivered, 64 at once', letters / ((performance.now() - filling) / 1000), 'letters/s')
try {
  const before = statSync(own.databasePath).size
  await own.ask('LOGIN a b')
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const noting = performance.now()
  await own.noteAll()
  delay.disable()
  show('noted for searches', letters / ((performance.now() - noting) / 1000), 'letters/s')
  show('  longest time it held the thread', delay.max / 1e6, 'ms')
  show('the database has grown by, for each byte of mail', (statSync(own.databasePath).size - before) / bytes, 'bytes')
  await measure('posthorn', own)
} finally {
  await own.remove()
}
if (dovecotInstalled) {
  const dovecot = await DovecotMail.make(corpus())
  try {
    // The first time it fills its cache.
    await measure('dovecot, first time', dovecot, 1)
    await measure('dovecot', dovecot, 1)
  } finally {
    await dovecot.remove()
  }
}
