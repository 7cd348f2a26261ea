/**
 * Posthorn beside Postfix and Dovecot, as a mail server: see README.md.
 * Run: npx tsx --conditions=posthorn-source bench/mail/run.ts [deliver] [push] [fetch] [search] [idle] [--json]
 */
import { readFile } from 'node:fs/promises'
import { Report } from '../support/report.ts'
import type { Wire } from '../support/wire.ts'
import { letter, rareWord } from './letters.ts'
import { type MailSide, ours, submit, theirs } from './sides.ts'

const rounds = 3
const clients = 20
const headersFetched = 10_000
const mailsSearched = Number(process.env['MAILS'] ?? 50_000)
const idling = 200
const pushes = 100

const asked = process.argv.slice(2).filter(word => !word.startsWith('-'))
const wants = (name: string) => asked.length === 0 || asked.includes(name)
const report = new Report('Dovecot')

const names = Array.from({ length: clients }, (_, number) => `user${number}`)

/** INBOX has `count` letters: until then nothing is delivered, whatever was accepted. */
async function arrived(side: MailSide, user: string, count: number): Promise<void> {
  const wire = await side.imap(user)
  const selected = await wire.collect('s SELECT INBOX\r\n', 's OK')
  if (Number(/\* (\d+) EXISTS/.exec(selected)?.[1]) < count) {
    const full = wire.hear(new RegExp(`\\* ${count} EXISTS\\r\\n`))
    wire.say('i IDLE\r\n')
    await full
  }
  wire.close()
}

async function inboxCount(side: MailSide, user: string): Promise<number> {
  const wire = await side.imap(user)
  const text = await wire.collect('c STATUS INBOX (MESSAGES)\r\n', 'c OK')
  wire.close()
  return Number(/MESSAGES (\d+)/.exec(text)?.[1] ?? 0)
}

async function deliver(side: MailSide, row: string, people: readonly string[], mails: number): Promise<void> {
  const each = Math.round(mails / people.length)
  const before = await Promise.all(people.map(user => inboxCount(side, user)))
  const wires = await Promise.all(people.map(user => side.smtp(user)))
  const start = performance.now()
  await Promise.all(
    people.map(async (user, at) => {
      const address = side.addressOf(user)
      const wire = wires[at] as Wire
      const base = (before[at] ?? 0) + at * 1_000_000
      for (let mail = 0; mail < each; mail += 1) await submit(wire, address, letter(base + mail, { address }))
    }),
  )
  await Promise.all(people.map((user, at) => arrived(side, user, (before[at] ?? 0) + each)))
  report.add(row, side.name, (each * people.length * 1000) / (performance.now() - start))
  for (const wire of wires) wire.close()
}

async function push(side: MailSide): Promise<void> {
  const [user = ''] = names
  const address = side.addressOf(user)
  const idle = await side.imap(user)
  await idle.ask('s SELECT INBOX\r\n', /^s OK.*\r\n/m)
  await idle.ask('i IDLE\r\n', /^\+ .*\r\n/m)
  const smtp = await side.smtp(user)
  for (let number = 0; number < pushes; number += 1) {
    const exists = idle.hear(/\* \d+ EXISTS\r\n/)
    const { sent } = await submit(smtp, address, letter(7_000_000 + number, { address }))
    report.add('end of DATA to EXISTS in IDLE', side.name, (await exists) - sent)
  }
  idle.close()
  smtp.close()
}

async function timed(side: MailSide, row: string, wire: Wire, command: string): Promise<void> {
  const start = performance.now()
  report.add(row, side.name, (await wire.askLong(`t ${command}\r\n`, 't OK')) - start)
}

const fetches = {
  'FETCH of 10,000 envelopes': '(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)',
  'FETCH of 10,000 envelopes and structures': '(UID FLAGS ENVELOPE BODYSTRUCTURE)',
  'FETCH of 10,000 header fields': '(UID BODY.PEEK[HEADER.FIELDS (FROM TO SUBJECT DATE MESSAGE-ID REFERENCES)])',
  'FETCH of 10,000 whole headers': '(UID BODY.PEEK[HEADER])',
  'FETCH of 10,000 flags': '(UID FLAGS)',
}

async function fetch(side: MailSide): Promise<void> {
  const wire = await side.imap('reader')
  await wire.askLong('s SELECT INBOX\r\n', 's OK')
  for (let round = 0; round <= rounds; round += 1) {
    for (const [row, items] of Object.entries(fetches)) {
      // The first time fills the caches of either side: it has a row of its own.
      await timed(side, round === 0 ? `${row}, first time` : row, wire, `FETCH 1:${headersFetched} ${items}`)
    }
  }
  wire.close()
}

const searches = {
  'SEARCH TEXT of 50,000, in 50 of them': `TEXT ${rareWord}`,
  'SEARCH TEXT of 50,000, in none': 'TEXT zzzquuxzzz',
  'SEARCH SUBJECT of 50,000': 'SUBJECT "4999"',
  'SEARCH UNSEEN of 50,000': 'UNSEEN',
}

async function search(side: MailSide): Promise<void> {
  const wire = await side.imap('searcher')
  await wire.askLong('s SELECT INBOX\r\n', 's OK')
  for (let round = 0; round <= rounds; round += 1) {
    for (const [row, key] of Object.entries(searches)) {
      await timed(side, round === 0 ? `${row}, first time` : row, wire, `SEARCH ${key}`)
    }
  }
  wire.close()
}

async function idle(side: MailSide): Promise<void> {
  const before = await memoryMebibytes(side)
  const wires: Wire[] = []
  for (let number = 0; number < idling; number += 1) {
    const wire = await side.imap(names[number % names.length] ?? '')
    await wire.ask('s SELECT INBOX\r\n', /^s OK.*\r\n/m)
    await wire.ask('i IDLE\r\n', /^\+ .*\r\n/m)
    wires.push(wire)
  }
  const after = await memoryMebibytes(side)
  report.add(`memory with ${idling} clients in IDLE`, side.name, after)
  report.add(`more than with none`, side.name, after - before)
  for (const wire of wires) wire.close()
}

/** Proportional set size: pages that processes share count once. */
async function memoryMebibytes(side: MailSide): Promise<number> {
  let kibibytes = 0
  for (const pid of await side.pids()) {
    const text = await readFile(`/proc/${pid}/smaps_rollup`, 'latin1').catch(() => '')
    kibibytes += Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0)
  }
  return kibibytes / 1024
}

function rows(): void {
  if (wants('deliver')) {
    for (const count of [1, clients]) report.row(deliverRow(count), { unit: 'mails/s', more: true })
  }
  if (wants('push')) {
    report.row('end of DATA to EXISTS in IDLE', { unit: 'ms', more: false, percentiles: [50, 95] })
  }
  const lookedFor = { ...(wants('fetch') ? fetches : {}), ...(wants('search') ? searches : {}) }
  for (const row of Object.keys(lookedFor)) {
    report.row(`${row}, first time`, { unit: 'ms', more: false })
    report.row(row, { unit: 'ms', more: false })
  }
  if (wants('idle')) {
    for (const row of [`memory with ${idling} clients in IDLE`, 'more than with none']) {
      report.row(row, { unit: 'MiB', more: false })
    }
  }
}

function deliverRow(count: number): string {
  return `submission to mailbox, ${count} at a time`
}

async function measure(side: MailSide): Promise<void> {
  if (wants('deliver')) {
    for (let round = 0; round < rounds; round += 1) {
      await deliver(side, deliverRow(1), names.slice(0, 1), 500)
      await deliver(side, deliverRow(clients), names, 4000)
    }
  }
  if (wants('push')) await push(side)
  if (wants('idle')) await idle(side)
  if (wants('fetch')) {
    await side.fill('reader', headersFetched)
    await fetch(side)
  }
  if (wants('search')) {
    await side.fill('searcher', mailsSearched)
    await search(side)
  }
}

rows()
for (const make of [() => ours([...names, 'reader', 'searcher']), theirs]) {
  const side = await make()
  try {
    await measure(side)
  } finally {
    await side.end()
  }
}
report.print(process.argv.includes('--json'))
