/**
 * A mailbox of many letters: SELECT, then the flags of all of them, then what a client does at every start.
 * Run: npx tsx --conditions=posthorn-source bench/imap/run.ts [letters]
 */
import { randomBytes } from 'node:crypto'
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
  for (const [name, values] of times) show(name, median(values), 'ms')
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
} finally {
  await node.remove()
}
