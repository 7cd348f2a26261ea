import { execPath, idPath, textPath } from '@posthorn/nncp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OperatingError } from '../../base/errors.ts'
import { zstdCompress } from '../../base/zstd.ts'
import { bodyOf, carry, Office, queueOf, streamOf } from './rig.ts'

let valley: Office
let ridge: Office

beforeEach(async () => {
  valley = await Office.open('valley', ['alice', 'carol'])
  ridge = await Office.open('ridge', ['bob', 'dora'])
  await valley.knows(ridge)
  await ridge.knows(valley)
})
afterEach(async () => {
  await valley.stop()
  await ridge.stop()
})

const letter = (id: string, more = '') => `Message-ID: <${id}@test>\r\n${more}Subject: ${id}\r\n\r\nText of ${id}.\r\n`
const quarantine = (office: Office) => office.spool.quarantine.list(10)

describe('submission', () => {
  it('judges recipients in words', async () => {
    const verdicts = await Promise.all(
      [
        valley.address('carol'),
        valley.address('Carol+tag'),
        ridge.address('anyone'),
        valley.address('nobody'),
        'bob@unknown.example',
        'bob@x-aaaaaaaaaaaaaaaa.nncp.alt',
        '-oX/tmp/x@camp',
        `${'a'.repeat(64)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${ridge.domain}`,
      ].map(recipient => valley.office.judge(recipient)),
    )
    expect(verdicts.map(verdict => verdict.kind)).toEqual([
      ...['ok', 'ok', 'ok', 'unknown-user', 'unknown-node', 'unknown-node', 'bad-address', 'bad-address'],
    ])
  })

  it('delivers at home without a packet, byte for byte', async () => {
    await valley.send(valley.address('alice'), [valley.address('carol'), valley.address('alice')], letter('home'))
    const expected = `Return-Path: <${valley.address('alice')}>\r\n${letter('home')}`
    expect(await valley.letters('carol')).toEqual([expected])
    expect(await valley.letters('alice')).toEqual([expected])
    expect(await queueOf(valley, ridge)).toEqual([])
  })

  it('only what somebody who logged in handed in is said to be written here', async () => {
    const recipients = [valley.address('carol')]
    await valley.send('ann@example.org', recipients, letter('elsewhere'))
    const body = bodyOf(letter('home'))
    await valley.office.submit({ sender: valley.address('alice'), login: 'alice', recipients, body })
    expect(await valley.journeys.arrivals('carol', ['home@test', 'elsewhere@test'])).toMatchObject([
      { road: null, broughtBy: null },
      { road: 'outside', broughtBy: null },
    ])
  })

  it('makes one packet for a node, however many people there are', async () => {
    const recipients = [ridge.address('bob'), ridge.address('dora'), ridge.address('bob')]
    await valley.send(valley.address('alice'), recipients, letter('group'))
    expect(await queueOf(valley, ridge)).toHaveLength(1)
    await carry(valley, ridge)
    expect(await ridge.letters('bob')).toHaveLength(1)
    expect(await ridge.letters('dora')).toHaveLength(1)
  })

  it('makes as many packets as the recipients need room', async () => {
    const names = Array.from({ length: 20 }, (_, at) => `friend-number-${at}`)
    for (const name of names) await ridge.directory.users.add(name, 'password', 0)
    await valley.send(
      valley.address('alice'),
      names.map(name => ridge.address(name)),
      letter('many'),
    )
    expect((await queueOf(valley, ridge)).length).toBeGreaterThan(1)
    await carry(valley, ridge)
    for (const name of names) expect(await ridge.letters(name)).toHaveLength(1)
  })

  it('lets the large half of a Delta Chat message wait behind others', async () => {
    await valley.send(valley.address('alice'), [ridge.address('bob')], letter('post', 'Chat-Is-Post-Message: 1\r\n'))
    await valley.send(valley.address('alice'), [ridge.address('bob')], letter('pre'))
    expect((await queueOf(valley, ridge)).map(packet => [packet.messageId, packet.niceness])).toEqual([
      ['pre@test', 96],
      ['post@test', 224],
    ])
  })

  it('gives a letter without a Message-ID one', async () => {
    const { messageId } = await valley.send(
      valley.address('alice'),
      [valley.address('carol')],
      'Subject: x\r\n\r\nx\r\n',
    )
    expect((await valley.letters('carol'))[0]).toContain(`\r\nMessage-ID: <${messageId}>\r\nSubject: x\r\n`)
  })

  it('makes no double when the client tries again', async () => {
    for (let time = 0; time < 2; time += 1) {
      await valley.send(valley.address('alice'), [valley.address('carol'), ridge.address('bob')], letter('again'))
    }
    await carry(valley, ridge)
    expect(await valley.letters('carol')).toHaveLength(1)
    expect(await ridge.letters('bob')).toHaveLength(1)
  })
})

describe('tossing', () => {
  it('delivers, acknowledges, and the sender lets go', async () => {
    await valley.send(valley.address('alice'), [ridge.address('bob')], letter('round'))
    await carry(valley, ridge)
    expect(await ridge.letters('bob')).toEqual([`Return-Path: <${valley.address('alice')}>\r\n${letter('round')}`])
    await carry(ridge, valley)
    expect(await queueOf(valley, ridge)).toEqual([])
    expect(await quarantine(valley)).toEqual([])
  })

  it('delivers a packet once, however often it comes, and acknowledges it again', async () => {
    await valley.send(valley.address('alice'), [ridge.address('bob')], letter('replayed'))
    const [id] = await carry(valley, ridge)
    const [first] = await queueOf(ridge, valley)
    if (id === undefined || first === undefined) throw new Error('nothing was carried')
    await ridge.spool.outbox.release(first.id, 0)
    const body = await valley.spool.outbox.open(id)
    if (body === undefined) throw new Error('the packet left')
    expect(await ridge.arrive({ bytes: body.read(), sender: valley.identity.id })).toBe('duplicate')
    await ridge.office.acknowledgeAgain(id, valley.identity.id)
    await ridge.office.acknowledgeAgain(id, valley.identity.id)
    expect(await queueOf(ridge, valley)).toHaveLength(1)
    expect(await ridge.letters('bob')).toHaveLength(1)
  })

  it('makes no ack for what came over a line: DONE was said; a copy that comes by a stick gets one', async () => {
    await valley.send(valley.address('alice'), [ridge.address('bob')], letter('line'))
    const [packet] = await queueOf(valley, ridge)
    const body = await valley.spool.outbox.open(packet?.id ?? ('' as never))
    if (packet === undefined || body === undefined) throw new Error('the packet left')
    const sender = valley.identity.id
    await ridge.arrive({ bytes: body.read(), sender, told: true })
    expect(await ridge.letters('bob')).toHaveLength(1)
    expect(await queueOf(ridge, valley)).toEqual([])
    // DONE was lost with the line: valley still has the packet, and puts it on a stick.
    expect(await ridge.arrive({ bytes: body.read(), sender })).toBe('duplicate')
    await carry(ridge, valley)
    expect(await queueOf(valley, ridge)).toEqual([])
    expect(await ridge.letters('bob')).toHaveLength(1)
  })

  it('does not acknowledge to a neighbour that does not wait for it', async () => {
    await ridge.knows(valley, { custody: 'copy' })
    await valley.send(valley.address('alice'), [ridge.address('bob')], letter('stock'))
    await carry(valley, ridge)
    expect(await queueOf(ridge, valley)).toEqual([])
  })

  it('writes LF to stock nodes', async () => {
    await valley.knows(ridge, { posthorn: false })
    await valley.send(valley.address('alice'), [ridge.address('bob')], `${letter('lines')}lone \r stays\r\n`)
    await carry(valley, ridge)
    expect((await ridge.letters('bob'))[0]).toContain('lone \r stays\r\n')
  })

  it('keeps a packet for another time when the mailbox fails, and delivers it then', async () => {
    let failures = 1
    const shaky = await Office.open('shaky', ['eve'], mailbox => ({
      ...mailbox,
      deliver: delivery => {
        failures -= 1
        if (failures < 0) return mailbox.deliver(delivery)
        throw new OperatingError('the disk is full', { code: 'disk-full', retry: 'later' })
      },
    }))
    try {
      await valley.knows(shaky)
      await shaky.knows(valley)
      await valley.send(valley.address('alice'), [shaky.address('eve')], letter('later'))
      await carry(valley, shaky)
      expect(await shaky.letters('eve')).toEqual([])
      expect(await queueOf(shaky, valley)).toEqual([])
      const retried = await shaky.spool.inbox.nextDueAt()
      expect(retried).not.toBeNull()
      await expect.poll(() => shaky.letters('eve'), { timeout: 10_000 }).toHaveLength(1)
    } finally {
      await shaky.stop()
    }
  })
})

describe('what cannot be delivered', () => {
  it('is reported to the sender, and the rest is delivered', async () => {
    const recipients = [ridge.address('bob'), ridge.address('nobody')]
    await valley.send(valley.address('alice'), recipients, letter('partly'))
    await carry(valley, ridge)
    await carry(ridge, valley)
    expect(await ridge.letters('bob')).toHaveLength(1)
    const [report] = await valley.letters('alice')
    expect(report).toMatch(/^Return-Path: <>\r\n/)
    expect(report).toContain(`Final-Recipient: rfc822; ${ridge.address('nobody')}\r\nAction: failed\r\nStatus: 5.1.1`)
    expect(report).toContain('Message-ID: <partly@test>')
  })

  it('is never reported for a bounce or an automatic letter, but set aside', async () => {
    await valley.send('', [ridge.address('nobody')], letter('bounce'))
    await valley.send(
      valley.address('alice'),
      [ridge.address('nobody')],
      letter('robot', 'Auto-Submitted: auto-replied\r\n'),
    )
    await carry(valley, ridge)
    await carry(ridge, valley)
    expect(await valley.letters('alice')).toEqual([])
    expect((await quarantine(ridge)).map(entry => entry.kept)).toEqual([true, true])
    expect(await queueOf(valley, ridge)).toEqual([])
  })

  it('passes nothing on for others', async () => {
    const bytes = valley.seal(
      ridge,
      {
        type: 'exec-fat',
        niceness: 96,
        path: execPath('sendmail', ['stranger@elsewhere.example', valley.address('carol')]),
      },
      streamOf(Buffer.from(`Return-Path: <${valley.address('alice')}>\r\n${letter('relay')}`)),
    )
    await ridge.arrive({ bytes, sender: valley.identity.id })
    await carry(ridge, valley)
    const [report] = await valley.letters('alice')
    expect(report?.match(/Status: 5\.7\.1/g)).toHaveLength(2)
    expect(await valley.letters('carol')).toEqual([])
  })
})

describe('hostile packets', () => {
  const exec = (args: readonly string[]) =>
    ({ type: 'exec-fat', niceness: 96, path: execPath('sendmail', args) }) as const

  it('exec arguments are recipients and can become nothing else', async () => {
    const args = ['-oX/tmp/x', '--help', '../../etc/passwd', 'bob\r\nX: y@z', '', `bob@${'x'.repeat(100)}`]
    const text = `Return-Path: <${valley.address('alice')}>\r\n${letter('args')}`
    await ridge.arrive({
      bytes: valley.seal(ridge, exec(args), streamOf(Buffer.from(text))),
      sender: valley.identity.id,
    })
    await carry(ridge, valley)
    const [report] = await valley.letters('alice')
    expect(report?.match(/^Status: 5\.1\.[0-9]|^Status: 5\.7\.1/gm)).toHaveLength(args.length)
    expect(report).not.toMatch(/^X: y@z/m)
  })

  it('a sender who speaks for somebody else is set aside', async () => {
    for (const claimed of [ridge.address('bob'), 'x@other-aaaaaaaaaaaaaaaa.nncp.alt']) {
      const text = `Return-Path: <${claimed}>\r\n${letter(`spoof-${claimed.slice(0, 3)}`)}`
      const bytes = valley.seal(ridge, exec([ridge.address('bob')]), streamOf(Buffer.from(text)))
      await ridge.arrive({ bytes, sender: valley.identity.id })
    }
    expect(await ridge.letters('bob')).toEqual([])
    expect((await quarantine(ridge)).map(entry => entry.reason)).toEqual([
      expect.stringContaining('claims to be from'),
      expect.stringContaining('claims to be from'),
    ])
  })

  it('a packet of a node that we do not know is set aside', async () => {
    const stranger = await Office.open('stranger', [])
    const bytes = stranger.seal(ridge, exec([ridge.address('bob')]), streamOf(Buffer.from(letter('strange'))))
    await ridge.arrive({ bytes, sender: stranger.identity.id })
    await stranger.stop()
    expect(await ridge.letters('bob')).toEqual([])
    expect(await quarantine(ridge)).toHaveLength(1)
  })

  it('a packet altered anywhere delivers nothing', async () => {
    const chunks: Uint8Array[] = []
    for await (const chunk of valley.seal(
      ridge,
      exec([ridge.address('bob')]),
      streamOf(Buffer.from(letter('whole'))),
    )) {
      chunks.push(chunk)
    }
    const whole = Buffer.concat(chunks)
    for (const at of [0, 20, 60, 100, 150, 180, 400, whole.length - 1]) {
      const altered = Buffer.from(whole)
      altered[at] = (altered[at] ?? 0) ^ 1
      await ridge.arrive({ bytes: streamOf(altered), sender: valley.identity.id })
    }
    await ridge.arrive({ bytes: streamOf(whole.subarray(0, -1)), sender: valley.identity.id })
    await ridge.arrive({ bytes: streamOf(whole, Buffer.from('x')), sender: valley.identity.id })
    expect(await ridge.letters('bob')).toEqual([])
    expect(await queueOf(ridge, valley)).toEqual([])
    expect(await ridge.spool.quarantine.count()).toBe(10)
  })

  it('a zstd bomb is set aside', async () => {
    async function* zeros() {
      for (let written = 0; written < 64; written += 1) yield Buffer.alloc(1024 * 1024)
    }
    const plain = { ...exec([ridge.address('bob')]), type: 'exec' } as const
    await ridge.arrive({ bytes: valley.seal(ridge, plain, zstdCompress(zeros())), sender: valley.identity.id })
    expect(await ridge.letters('bob')).toEqual([])
    expect(await quarantine(ridge)).toHaveLength(1)
  })

  it('what this node does not act on is kept, and acknowledged', async () => {
    const file = { type: 'file', niceness: 96, path: textPath('../../up') } as const
    const other = { type: 'exec', niceness: 96, path: execPath('rm', ['-rf', '/']) } as const
    for (const plain of [file, other]) {
      await ridge.arrive({ bytes: valley.seal(ridge, plain, streamOf(Buffer.from('x'))), sender: valley.identity.id })
    }
    expect((await quarantine(ridge)).map(entry => entry.kept)).toEqual([true, true])
    expect(await queueOf(ridge, valley)).toHaveLength(2)
  })

  it('an ack of somebody who was not asked changes nothing', async () => {
    const stranger = await Office.open('third', [])
    await valley.knows(stranger)
    await valley.send(valley.address('alice'), [ridge.address('bob')], letter('mine'))
    const [packet] = await queueOf(valley, ridge)
    if (packet === undefined) throw new Error('nothing is queued')
    const ack = { type: 'ack', niceness: 96, path: idPath(packet.id) } as const
    const bytes = stranger.seal(valley, ack, streamOf())
    await valley.arrive({ bytes, sender: stranger.identity.id })
    await stranger.stop()
    expect(await queueOf(valley, ridge)).toHaveLength(1)
  })
})
