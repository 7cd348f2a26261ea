/**
 * How long from the end of a submission to the EXISTS in a waiting client, and how many mails a second one node
 * delivers.
 * Run: npx tsx bench/latency/run.ts
 */
import { type Access, TestNode } from '../../tests/support/node.ts'
import { median, percentile, show } from '../support/figures.ts'
import { Wire } from '../support/wire.ts'

const rounds = 200
const mailsAtATime = 2000
const users = 32

async function smtpLogin(access: Access): Promise<Wire> {
  const wire = await Wire.open(access.smtp.host, access.smtp.port)
  await wire.hear(/^220 .*\r\n/m)
  await wire.ask('EHLO [127.0.0.1]\r\n', /^250 .*\r\n/m)
  const token = Buffer.from(`\0${access.address}\0${access.password}`).toString('base64')
  await wire.ask(`AUTH PLAIN ${token}\r\n`, /^235 .*\r\n/m)
  return wire
}

async function submit(
  wire: Wire,
  access: Access,
  number: number | string,
): Promise<{ sent: number; accepted: number }> {
  await wire.ask(`MAIL FROM:<${access.address}>\r\n`, /^250 .*\r\n/m)
  await wire.ask(`RCPT TO:<${access.address}>\r\n`, /^250 .*\r\n/m)
  await wire.ask('DATA\r\n', /^354 .*\r\n/m)
  const sent = performance.now()
  const body = 'x'.repeat(70).concat('\r\n').repeat(40)
  const accepted = wire.ask(`Message-ID: <bench-${number}@x>\r\nSubject: x\r\n\r\n${body}.\r\n`, /^250 .*\r\n/m)
  return { sent, accepted: await accepted }
}

async function latency(access: Access): Promise<void> {
  const imap = await Wire.open(access.imap.host, access.imap.port)
  await imap.hear(/\* OK.*\r\n/)
  await imap.ask(`a LOGIN "${access.address}" "${access.password}"\r\n`, /^a OK.*\r\n/m)
  await imap.ask('b SELECT INBOX\r\n', /^b OK.*\r\n/m)
  await imap.ask('c IDLE\r\n', /^\+ .*\r\n/m)
  const smtp = await smtpLogin(access)
  const toExists: number[] = []
  const toAccepted: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const exists = imap.hear(/\* \d+ EXISTS\r\n/)
    const { sent, accepted } = await submit(smtp, access, `latency-${round}`)
    toAccepted.push(accepted - sent)
    toExists.push((await exists) - sent)
  }
  show('end of DATA to EXISTS in IDLE, median', median(toExists), 'ms')
  show('end of DATA to EXISTS in IDLE, 95th percentile', percentile(toExists, 95), 'ms')
  show('end of DATA to 250, median', median(toAccepted), 'ms')
  imap.close()
  smtp.close()
}

/** Each client logs in as one of `people`, in turn, and writes to itself. */
async function throughput(people: readonly Access[], clients: number): Promise<void> {
  const sessions = await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      const access = people[client % people.length] as Access
      return { access, wire: await smtpLogin(access) }
    }),
  )
  const mailsPerClient = Math.round(mailsAtATime / clients)
  const start = performance.now()
  await Promise.all(
    sessions.map(async ({ wire, access }, client) => {
      const name = `${people.length}-${clients}-${client}`
      for (let mail = 0; mail < mailsPerClient; mail += 1) await submit(wire, access, `${name}-${mail}`)
    }),
  )
  const seconds = (performance.now() - start) / 1000
  const name = `mails of 2.9 kB, ${clients} clients, ${Math.min(people.length, clients)} mailbox(es)`
  show(name, (clients * mailsPerClient) / seconds, 'mails/s')
  for (const { wire } of sessions) wire.close()
}

const node = await TestNode.make('bench')
try {
  const people: Access[] = []
  for (let user = 0; user < users; user += 1) people.push(await node.addUser(`user${user}`))
  const [alice] = people as [Access]
  await node.start()
  await latency(alice)
  for (const clients of [8, 32]) {
    await throughput([alice], clients)
    await throughput(people, clients)
  }
} finally {
  await node.remove()
}
