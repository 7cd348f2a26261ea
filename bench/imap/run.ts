/**
 * A mailbox of many letters: SELECT, then the flags of all of them, then what a client does at every start; what many
 * idle clients cost; and at last everything is flagged and expunged.
 * Run: npx tsx --conditions=posthorn-source bench/imap/run.ts [letters]
 */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { systemClock } from '../../packages/node/src/base/clock.ts'
import { silentLog } from '../../packages/node/src/base/log.ts'
import { homeAt } from '../../packages/node/src/node/home.ts'
import { type Access, TestNode } from '../../tests/support/node.ts'
import { median, show } from '../support/figures.ts'
import { Wire } from '../support/wire.ts'
import '../support/sql.ts'

const { openDatabase } = await import('../../packages/node/src/stores/database/database.ts')
const { openMailbox } = await import('../../packages/node/src/stores/mailbox/index.ts')

const letters = Number(process.argv[2] ?? 20_000)
const rounds = 5
const atOnce = 64

/** Straight into the stores of a node that does not run. */
async function fill(home: string, user: string): Promise<void> {
  const { database: path, mail: directory } = homeAt(home)
  const database = openDatabase(path)
  const stores = { database, directory, random: randomBytes, clock: systemClock, log: silentLog }
  const mailbox = await openMailbox(stores)
  await mailbox.account(user, `${user}@bench`).releaseHeld()
  const start = performance.now()
  let next = 0
  const deliver = async () => {
    while (next < letters) {
      next += 1
      const name = `letter-${next}`
      const bytes = Buffer.from(`Message-ID: <${name}@bench>\r\nSubject: ${name}\r\n\r\n${'x'.repeat(600)}\r\n`)
      const read = async function* () {
        yield bytes
      }
      const body = { sizeBytes: bytes.length, read }
      const at = systemClock.now()
      await mailbox.deliver({ user, deliveryId: name, messageId: `${name}@bench`, returnPath: null, body, at })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, deliver))
  show(`letters put into one mailbox, ${atOnce} at once`, letters / ((performance.now() - start) / 1000), 'letters/s')
  database.close()
}

async function measure(access: Access): Promise<void> {
  const commands = [
    ['SELECT INBOX', 'SELECT'],
    ['UID FETCH 1:* (FLAGS)', 'UID FETCH 1:* (FLAGS)'],
    [`UID FETCH ${letters - 9}:* (UID FLAGS RFC822.SIZE INTERNALDATE)`, 'UID FETCH of the last 10'],
    ['UID SEARCH UNSEEN', 'UID SEARCH UNSEEN'],
    ['UID STORE 1:* +FLAGS (\\Answered)', 'UID STORE +FLAGS of one letter in a hundred'],
    ['NOOP', 'NOOP'],
  ] as const
  const times = new Map<string, number[]>(commands.map(([, name]) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    const wire = await Wire.open(access.imap.host, access.imap.port)
    await wire.hear(/\* OK.*\r\n/)
    await wire.ask(`l LOGIN "${access.address}" "${access.password}"\r\n`, /^l OK.*\r\n/m)
    for (const [number, [command, name]] of commands.entries()) {
      const start = performance.now()
      const text = command.startsWith('UID STORE') ? command.replace('1:*', hundredth(round)) : command
      const at = await wire.askLong(`c${number} ${text}\r\n`, `c${number} OK`)
      times.get(name)?.push(at - start)
    }
    wire.close()
  }
  // The first that opens the folder reads it; others share what it has read.
  show('SELECT, the first', times.get('SELECT')?.[0] ?? 0, 'ms')
  for (const [name, values] of times) show(name, median(values), 'ms')
}

async function open(access: Access): Promise<Wire> {
  const wire = await Wire.open(access.imap.host, access.imap.port)
  await wire.hear(/\* OK.*\r\n/)
  await wire.ask(`l LOGIN "${access.address}" "${access.password}"\r\n`, /^l OK.*\r\n/m)
  return wire
}

async function timed(wire: Wire, command: string, name: string): Promise<void> {
  const start = performance.now()
  show(name, (await wire.askLong(`t ${command}\r\n`, 't OK')) - start, 'ms')
}

/** Comes back knowing all but the last hundred changes. */
async function measureResync(access: Access): Promise<void> {
  const wire = await open(access)
  await wire.ask('e ENABLE QRESYNC\r\n', /^e OK.*\r\n/m)
  let text = ''
  const facts = /UIDVALIDITY (\d+)[\s\S]*HIGHESTMODSEQ (\d+)/
  await wire.askLong('s SELECT INBOX\r\n', 's OK', chunk => {
    text += chunk
  })
  const [, validity, modseq] = facts.exec(text) ?? []
  await timed(wire, 'UID STORE 1:100 -FLAGS.SILENT (\\Answered)', 'UID STORE of 100')
  await timed(wire, `SELECT INBOX (QRESYNC (${validity} ${modseq}))`, 'SELECT (QRESYNC), 100 changes')
  wire.close()
}

/** A person may have thirty connections. */
const idlers = 25

/** Memory of the node, in MiB. */
async function residentMib(pid: number): Promise<number> {
  const [, kib = '0'] = /VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'latin1')) ?? []
  return Number(kib) / 1024
}

async function measureIdlers(access: Access, pid: number): Promise<void> {
  const before = await residentMib(pid)
  const wires: Wire[] = []
  for (let index = 0; index < idlers; index += 1) {
    const wire = await open(access)
    await wire.askLong('s SELECT INBOX\r\n', 's OK')
    await wire.ask('i IDLE\r\n', /\+ idling\r\n/)
    wires.push(wire)
  }
  show(`${idlers} clients idle on it: memory`, (await residentMib(pid)) - before, 'MiB more')
  const heard = wires.map(wire => wire.hear(/FETCH \(UID 1 .*\r\n/))
  const other = await open(access)
  await other.askLong('s SELECT INBOX\r\n', 's OK')
  const start = performance.now()
  await other.askLong('f UID STORE 1 +FLAGS (\\Flagged)\r\n', 'f OK')
  show('a change until all of them know', Math.max(...(await Promise.all(heard))) - start, 'ms')
  for (const wire of [...wires, other]) wire.close()
}

async function measureEnd(access: Access): Promise<void> {
  const wire = await open(access)
  await wire.askLong('s SELECT INBOX\r\n', 's OK')
  await timed(wire, 'UID STORE 1:* +FLAGS.SILENT (\\Deleted)', 'UID STORE of all')
  await timed(wire, 'EXPUNGE', 'EXPUNGE of all')
  wire.close()
}

function hundredth(round: number): string {
  return Array.from({ length: Math.floor(letters / 100) }, (_, index) => index * 100 + round + 1).join(',')
}

const node = await TestNode.make('bench-imap')
try {
  const access = await node.addUser('alice')
  await fill(node.home, 'alice')
  await node.start()
  await measure(access)
  await measureResync(access)
  await measureIdlers(access, node.pid ?? 0)
  await measureEnd(access)
} finally {
  await node.remove()
}
