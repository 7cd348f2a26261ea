/** Read receipts of mail apps: what is noted of them, and who is not believed. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Office, queueOf } from './rig.ts'

let valley: Office
let ridge: Office

beforeEach(async () => {
  valley = await Office.open('valley', ['alice', 'carol'])
  ridge = await Office.open('ridge', ['bob', 'eve'])
  await valley.knows(ridge)
  await ridge.knows(valley)
  const to = [ridge.address('bob'), valley.address('carol')]
  await valley.send(valley.address('alice'), to, 'Message-ID: <one@test>\r\n\r\nhello\r\n')
})
afterEach(async () => {
  await valley.stop()
  await ridge.stop()
})

const receiptOf = (reader: string, changes: Readonly<Record<string, string>> = {}) => {
  const fields = {
    'Final-Recipient': `rfc822; ${reader}`,
    'Original-Message-ID': '<one@test>',
    Disposition: 'manual-action/MDN-sent-manually; displayed',
    ...changes,
  }
  const part = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return [
    'Message-ID: <receipt@test>\r\n',
    'Content-Type: multipart/report;\r\n report-type=disposition-notification; boundary="x"\r\n\r\n',
    '--x\r\nContent-Type: text/plain\r\n\r\nIt was read.\r\n',
    `--x\r\nContent-Type: message/disposition-notification\r\n\r\n${part.join('')}\r\n--x--\r\n`,
  ].join('')
}

async function bring(sender: string, text: string): Promise<void> {
  await ridge.send(sender, [valley.address('alice')], text)
  for (const { id } of await queueOf(ridge, valley)) {
    const body = await ridge.spool.outbox.open(id)
    if (body !== undefined) await valley.arrive({ bytes: body.read(), sender: ridge.identity.id })
  }
}

async function readBy(): Promise<string[]> {
  const found = await valley.journeys.ofMessage('one@test', { sender: null, limit: 9 })
  return found.filter(({ state }) => state === 'read').map(({ recipient }) => recipient)
}

it('from another node, with the sender that apps give it, or with none as the book says', async () => {
  await bring('', receiptOf(ridge.address('bob')))
  expect(await readBy()).toEqual([ridge.address('bob')])
  const [journey] = await valley.journeys.ofRecipient(ridge.address('bob'), { sender: null, limit: 1 })
  expect(journey?.stations.at(-1)).toMatchObject({ kind: 'read', where: ridge.identity.id, evidence: 'receipt@test' })
})

it('from somebody here', async () => {
  await valley.send(valley.address('carol'), [valley.address('alice')], receiptOf('whoever@else.example'))
  expect(await readBy()).toEqual([valley.address('carol')])
})

it('read-forged: nobody is believed of others, and nothing but a receipt is one', async () => {
  // Of somebody at another node, of somebody else at the same node who wrote it, and of nobody.
  await bring('', receiptOf(valley.address('carol'), {}))
  await bring(ridge.address('eve'), receiptOf(ridge.address('bob')).replace('receipt@', 'second@'))
  await valley.send('', [valley.address('alice')], receiptOf(valley.address('carol')).replace('receipt@', 'third@'))
  const deleted = { Disposition: 'automatic-action/MDN-sent-automatically; deleted' }
  await bring(ridge.address('bob'), receiptOf(ridge.address('bob'), deleted).replace('receipt@', 'fourth@'))
  const sealed = receiptOf(ridge.address('bob')).replace('multipart/report', 'multipart/encrypted')
  await bring(ridge.address('bob'), sealed.replace('receipt@', 'fifth@'))
  const unknown = receiptOf(ridge.address('bob'), { 'Original-Message-ID': '<two@test>' })
  await bring(ridge.address('bob'), unknown.replace('receipt@', 'sixth@'))
  expect(await readBy()).toEqual([])
})
