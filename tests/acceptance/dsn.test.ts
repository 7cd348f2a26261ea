/** What senders hear of their letters, asked for by ordinary mail programs and read by them. */
import { spawnSync } from 'node:child_process'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../packages/node/src/stores/database/database.ts'
import { inboxLetters, lettersOnDisk, sendLetter } from '../support/mail.ts'
import { type Access, introduce, TestNode } from '../support/node.ts'
import { makeStick, sync } from '../support/stick.ts'

interface Report {
  readonly subject: string
  readonly message: Readonly<Record<string, string>>
  readonly recipients: readonly Readonly<Record<string, string>>[]
  readonly original: { readonly type: string; readonly subject: string }
}

const reader = `
import email, email.policy, json, sys
message = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default.clone(raise_on_defect=True))
text, status, original = message.get_payload()
groups = [dict(group.items()) for group in status.get_payload()]
content = original.get_content()
if isinstance(content, str): content = content.encode()
policy = email.policy.default
inside = email.message_from_bytes(content, policy=policy) if isinstance(content, bytes) else content
print(json.dumps({'subject': message['Subject'], 'message': groups[0], 'recipients': groups[1:],
                  'original': {'type': original.get_content_type(), 'subject': inside['Subject']}}))
`

const sender = `
import json, smtplib, sys
given = json.load(sys.stdin.buffer)
with smtplib.SMTP(given['host'], given['port']) as smtp:
    smtp.ehlo()
    assert smtp.has_extn('dsn') and smtp.has_extn('smtputf8'), smtp.esmtp_features
    smtp.login(given['address'], given['password'])
    smtp.sendmail(given['address'], given['to'], given['letter'].encode(), given['mail'], given['rcpt'])
`

function python(script: string, input: Buffer): string {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', script], { input, encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return stdout
}

const read = (letter: string) => JSON.parse(python(reader, Buffer.from(letter, 'latin1'))) as Report
const isReport = (text: string) => text.includes('report-type=delivery-status')

const hasPython = spawnSync('python3', ['--version']).status === 0
if (!hasPython)
  process.stderr.write('SKIPPED: python3 is missing, so no report is asked for or read by its mail package\n')

describe.skipIf(!hasPython)('delivery reports', () => {
  let valley: TestNode
  let ridge: TestNode
  let alice: Access
  let carol: Access
  let bob: Access
  let stick: Awaited<ReturnType<typeof makeStick>>

  beforeAll(async () => {
    stick = await makeStick()
    valley = await TestNode.make('valley')
    ridge = await TestNode.make('ridge')
    await introduce(valley, ridge)
    alice = await valley.addUser('alice')
    carol = await valley.addUser('carol')
    bob = await ridge.addUser('bob')
    for (const node of [valley, ridge]) {
      await node.start()
      await node.run(['folder', 'add', stick.path])
    }
  })
  afterAll(async () => {
    await Promise.all([valley.remove(), ridge.remove(), stick.remove()])
  })

  /** All that alice has heard since. */
  async function heard(count: number): Promise<Report[]> {
    let reports: string[] = []
    await expect
      .poll(async () => {
        reports = (await inboxLetters(alice)).map(({ text }) => text).filter(isReport)
        return reports.length
      })
      .toBe(count)
    return reports.map(read)
  }

  it('are made as nodemailer and Python ask for them, and read by Python', async () => {
    const transport = createTransport({
      ...{ host: alice.smtp.host, port: alice.smtp.port, secure: false, ignoreTLS: true },
      auth: { user: alice.address, pass: alice.password },
    })
    await transport.sendMail({
      ...{ from: alice.address, to: [carol.address, bob.address], subject: 'From nodemailer', text: 'Hello.' },
      dsn: { id: 'by nodemailer', return: 'headers', notify: ['success', 'failure'], recipient: 'old@alice.example' },
    })
    transport.close()
    const [delivered] = await heard(1)
    expect(delivered).toMatchObject({
      message: { 'Original-Envelope-Id': 'by nodemailer' },
      recipients: [
        {
          'Final-Recipient': `rfc822; ${carol.address}`,
          'Original-Recipient': 'rfc822;old@alice.example',
          Action: 'delivered',
        },
      ],
      original: { type: 'text/rfc822-headers', subject: 'From nodemailer' },
    })

    const letter = 'Subject: Gr\u00fc\u00dfe\r\nMessage-ID: <python@test>\r\n\r\nHello.\r\n'
    const nobody = bob.address.replace('bob', 'nobody')
    const { host, port } = alice.smtp
    const { address, password } = alice
    python(
      sender,
      Buffer.from(
        JSON.stringify({
          ...{ host, port, address, password, to: [nobody], letter },
          ...{ mail: ['RET=FULL', 'ENVID=by+20python', 'SMTPUTF8', 'BODY=8BITMIME'] },
          rcpt: ['NOTIFY=SUCCESS,FAILURE,DELAY', `ORCPT=rfc822;${nobody}`],
        }),
      ),
    )
    for (const node of [valley, ridge, valley]) await sync(node, stick.path)
    const reports = await heard(3)
    const kinds = reports.map(
      ({ recipients, message }) => `${recipients[0]?.['Action']} ${message['Original-Envelope-Id']}`,
    )
    // To carol at once; to bob when his node's receipt said so.
    expect(kinds.sort()).toEqual(['delivered by nodemailer', 'delivered by nodemailer', 'failed by python'])
    expect(reports.find(({ recipients }) => recipients[0]?.['Action'] === 'failed')).toMatchObject({
      recipients: [{ 'Final-Recipient': `rfc822; ${nobody}`, Status: '5.1.1' }],
      original: { type: 'message/global', subject: 'Gr\u00fc\u00dfe' },
    })
    const [received] = await lettersOnDisk(ridge.home, 'bob')
    expect(received).not.toContain('Posthorn-Wishes')
  })
})

describe('a letter that waits', () => {
  let valley: TestNode
  let ridge: TestNode
  let alice: Access

  beforeEach(async () => {
    valley = await TestNode.make('valley')
    ridge = await TestNode.make('ridge')
    await introduce(valley, ridge)
    alice = await valley.addUser('alice')
    const bob = await ridge.addUser('bob')
    await appendFile(join(valley.home, 'posthorn.toml'), '\n[mail]\nwarn_after_days = 2\nreturn_after_days = 6\n')
    await valley.start()
    await sendLetter(alice, { to: bob.address, subject: 'Nobody comes', text: 'x' })
    await valley.end()
  })
  afterEach(async () => {
    await Promise.all([valley.remove(), ridge.remove()])
  })

  /** As if it had been there for so many days of the calendar. */
  function age(days: number): void {
    const database = openDatabase(join(valley.home, 'posthorn.db'))
    database.transaction(() => {
      for (const table of ['outbox', 'custody']) database.run(`UPDATE ${table} SET day = day - ?`, days)
    })
    database.close()
  }

  const actions = async () => {
    const letters = await lettersOnDisk(valley.home, 'alice')
    return letters.flatMap(text => [...text.matchAll(/^Action: (\w+)\r$/gm)].map(([, action]) => action))
  }
  const queued = async () => {
    const status = await valley.run<{ neighbours: { queued: { packets: number } }[] }>(['status'])
    return status.neighbours[0]?.queued.packets
  }

  it('is warned of and returned once each, wherever the node is killed', async () => {
    for (const [days, told] of [
      [2, ['delayed']],
      [4, ['delayed', 'failed']],
    ] as const) {
      age(days)
      for (let kill = 0; kill < 10; kill += 1) {
        // The round of maintenance begins with the node.
        await valley.start()
        await new Promise(resolve => setTimeout(resolve, kill * 3))
        await valley.end('SIGKILL')
      }
      await valley.start()
      await expect.poll(actions, { timeout: 20_000 }).toEqual(told)
      await expect.poll(queued, { timeout: 20_000 }).toBe(told.length === 2 ? 0 : 1)
      await valley.end()
    }
    expect((await lettersOnDisk(valley.home, 'alice')).filter(isReport)).toHaveLength(2)
  })
})
