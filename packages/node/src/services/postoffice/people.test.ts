import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { memoryJourneys } from '../../stores/journeys/index.ts'
import { memoryQueue } from '../../stores/queue/memory.ts'
import { carry, Office, queueOf } from './rig.ts'
import { usersOf } from './route.ts'

const open: Office[] = []
afterEach(async () => {
  for (const office of open.splice(0)) await office.stop()
})

type More = Parameters<typeof Office.open>[6]

async function office(name: string, users: readonly string[], more: More = {}): Promise<Office> {
  const made = await Office.open(name, users, undefined, undefined, undefined, undefined, more)
  open.push(made)
  return made
}

async function pair(more: More = {}): Promise<[Office, Office]> {
  const camp = await office('camp', ['alice', 'bob'], more)
  const city = await office('city', ['carol', 'dave'])
  await camp.knows(city)
  await city.knows(camp)
  return [camp, city]
}

function letter(subject: string, ...more: string[]): string {
  return [...more, `Subject: ${subject}`, `Message-ID: <${subject}@test>`, '', `about ${subject}`, ''].join('\r\n')
}

const subjectsOf = (letters: readonly string[]) =>
  letters.map(text => /^Subject: (.*?)\r?$/m.exec(text)?.[1] ?? '').sort()

async function subjects(at: Office, user: string): Promise<string[]> {
  return subjectsOf(await at.letters(user))
}

describe('aliases', () => {
  test('lead to users under every domain, to several, through other aliases, and by a catch-all', async () => {
    const camp = await office('camp', ['alice', 'bob'], { domains: ['camp.example', 'other.example'] })
    const { aliases } = camp.directory
    await aliases.put({ address: 'info', targets: ['alice'] })
    await aliases.put({ address: 'team', targets: ['info', 'bob'] })
    await aliases.put({ address: 'sales@camp.example', targets: ['bob'] })
    await aliases.put({ address: '@other.example', targets: ['bob'] })
    const { route } = camp.office
    expect(await route(camp.address('INFO'))).toEqual({ kind: 'local', user: 'alice' })
    expect(await route('info@camp.example')).toEqual({ kind: 'local', user: 'alice' })
    expect(await route('info+shop@camp.example')).toEqual({ kind: 'local', user: 'alice' })
    expect(usersOf(await route('team@camp.example'))).toEqual(['alice', 'bob'])
    expect(await route('sales@camp.example')).toEqual({ kind: 'local', user: 'bob' })
    expect(await route(camp.address('sales'))).toMatchObject({ kind: 'unknown-user' })
    expect(await route('whoever@other.example')).toEqual({ kind: 'local', user: 'bob' })
    expect(await route('alice@other.example')).toEqual({ kind: 'local', user: 'alice' })
    expect(await route('whoever@camp.example')).toMatchObject({ kind: 'unknown-user' })
  })

  test('with a plus lead to the same user, where that is wanted', async () => {
    const camp = await office('camp', ['alice'])
    expect(await camp.office.route(camp.address('alice+list'))).toEqual({ kind: 'local', user: 'alice' })
    const city = await office('city', ['alice'], { plusAddresses: false })
    expect(await city.office.route(city.address('alice+list'))).toMatchObject({ kind: 'unknown-user' })
  })

  test('in a circle, or without end, lead somewhere and come to an end', async () => {
    const camp = await office('camp', ['alice'])
    const { aliases } = camp.directory
    await aliases.put({ address: 'one', targets: ['two'] })
    await aliases.put({ address: 'two', targets: ['one'] })
    expect(await camp.office.route(camp.address('one'))).toMatchObject({ kind: 'unknown-user' })
    await aliases.put({ address: 'two', targets: ['one', 'alice'] })
    expect(await camp.office.route(camp.address('one'))).toEqual({ kind: 'local', user: 'alice' })
    for (let n = 0; n < 300; n += 1) await aliases.put({ address: `a${n}`, targets: [`a${n + 1}`, `a${n + 2}`] })
    expect((await camp.office.route(camp.address('a0'))).kind).toBe('unknown-user')
  })

  test('postmaster and abuse reach the first user unless somebody else is to read them', async () => {
    const camp = await office('camp', ['alice', 'bob'])
    for (const name of ['postmaster', 'PostMaster', 'abuse']) {
      expect(await camp.office.route(camp.address(name))).toEqual({ kind: 'local', user: 'alice' })
    }
    await camp.directory.aliases.put({ address: 'postmaster', targets: ['bob'] })
    expect(await camp.office.route(camp.address('abuse'))).toEqual({ kind: 'local', user: 'bob' })
    const empty = await office('empty', [])
    expect(await empty.office.route(empty.address('postmaster'))).toMatchObject({ kind: 'unknown-user' })
  })

  test('are what a user may send as, and nobody else', async () => {
    const camp = await office('camp', ['alice', 'bob'])
    await camp.directory.aliases.put({ address: 'info', targets: ['alice', 'carol@far.example'] })
    await camp.directory.aliases.put({ address: `@${camp.domain}`, targets: ['alice'] })
    const may = (user: string, name: string) => camp.office.maySendAs(user, camp.address(name))
    expect(await may('alice', 'info')).toBe(true)
    expect(await may('alice', 'alice+x')).toBe(true)
    expect(await may('alice', 'anything')).toBe(true)
    expect(await may('alice', 'bob')).toBe(false)
    expect(await may('bob', 'info')).toBe(false)
    expect(await may('alice', 'mailer-daemon')).toBe(false)
    expect(await camp.office.maySendAs('alice', 'carol@far.example')).toBe(false)
    expect(await camp.office.maySendAs('alice', 'no address')).toBe(false)
  })
})

describe('a list with people elsewhere', () => {
  test('keeps the sender of our own, takes the postmaster for others, and reaches everybody once', async () => {
    const [camp, city] = await pair()
    await camp.directory.aliases.put({ address: 'team', targets: ['alice', 'bob', city.address('carol')] })
    await camp.send(camp.address('bob'), [camp.address('team'), camp.address('alice')], letter('ours'))
    expect(await subjects(camp, 'alice')).toEqual(['ours'])
    expect(await subjects(camp, 'bob')).toEqual(['ours'])
    await carry(camp, city)
    const [ours = ''] = await city.letters('carol')
    expect(ours).toContain(`Return-Path: <${camp.address('bob')}>\r\nDelivered-To: ${camp.address('team')}\r\n`)

    await city.send(city.address('dave'), [camp.address('team')], letter('theirs'))
    await carry(city, camp)
    expect(await subjects(camp, 'alice')).toEqual(['ours', 'theirs'])
    await carry(camp, city)
    const theirs = (await city.letters('carol')).find(text => text.includes('theirs'))
    expect(theirs).toContain(`Return-Path: <postmaster@${camp.domain}>`)
    expect((await city.spool.quarantine.list(10)).length).toBe(0)
  })

  test('is told of members whom no way leads to, and stops at its own copies', async () => {
    const [camp] = await pair()
    await camp.directory.aliases.put({ address: 'team', targets: ['alice', 'x@nowhere.example'] })
    await camp.send(camp.address('bob'), [camp.address('team')], letter('one'))
    expect(await subjects(camp, 'alice')).toEqual(['one'])
    const [report = ''] = await camp.letters('bob')
    expect(report).toContain('Status: 5.1.2')
    expect(report).toContain('x@nowhere.example')
    const field = `Delivered-To: ${camp.address('team')}`
    const round = letter('two', field, field)
    await camp.send(camp.address('bob'), [camp.address('team')], round)
    expect(await subjects(camp, 'alice')).toEqual(['one', 'two'])
    expect(await camp.letters('bob')).toHaveLength(1)
  })
})

describe('forwarding', () => {
  const forward = (at: Office, user: string, to: string[], keeps = true) =>
    at.directory.users.change(user, { forward: { to, keeps } })

  test('sends a copy on under the forwarder, before the letter counts as taken', async () => {
    const [camp, city] = await pair()
    await forward(camp, 'alice', [city.address('carol')])
    await camp.send(camp.address('bob'), [camp.address('alice')], letter('one'))
    expect(await subjects(camp, 'alice')).toEqual(['one'])
    expect(await queueOf(camp, city)).toMatchObject([
      { envelope: { returnPath: camp.address('alice'), recipients: [city.address('carol')] } },
    ])
    await carry(camp, city)
    const own = camp.address('alice')
    const head = `Return-Path: <${own}>\r\nDelivered-To: ${own}\r\nSubject: one\r\n`
    expect((await city.letters('carol'))[0]).toMatch(head)
  })

  test('of a letter from another node, without keeping it, leaves with the end of its packet, once', async () => {
    const [camp, city] = await pair()
    await forward(camp, 'alice', [city.address('carol')], false)
    const send = () => city.send(city.address('dave'), [camp.address('alice')], letter('one'))
    await send()
    const [first] = await carry(city, camp)
    expect(first).toBeDefined()
    const letters = async () => (await queueOf(camp, city)).filter(({ kind }) => kind === 'letter')
    expect(await letters()).toHaveLength(1)
    expect(await camp.letters('alice')).toEqual([])
    // The same letter in another packet, and after its copy has left.
    await carry(camp, city)
    const [copy] = await letters()
    if (copy === undefined) throw new Error('no copy left')
    await camp.spool.outbox.release(copy.id, 1)
    await send()
    await carry(city, camp)
    expect(await letters()).toEqual([])
    expect(await subjects(city, 'carol')).toEqual(['one'])
  })

  test('survives a node that dies in the middle of it', async () => {
    const [, city] = await pair()
    let fails = 1
    const camp = await Office.open('camp', ['alice'], store => ({
      ...store,
      deliver: async delivery => {
        const outcome = await store.deliver(delivery)
        if (fails-- > 0) throw new Error('the node died')
        return outcome
      },
    }))
    onTestFinished(() => camp.stop())
    await camp.knows(city)
    await city.knows(camp)
    await forward(camp, 'alice', [city.address('carol')])
    await expect(camp.send(camp.address('alice'), [camp.address('alice')], letter('one'))).rejects.toThrow('died')
    expect(await queueOf(camp, city)).toEqual([])
    await camp.send(camp.address('alice'), [camp.address('alice')], letter('one'))
    await camp.send(camp.address('alice'), [camp.address('alice')], letter('one'))
    expect(await queueOf(camp, city)).toHaveLength(1)
    expect(await subjects(camp, 'alice')).toEqual(['one'])
  })

  test('in a circle over two nodes ends in a mailbox, nothing is lost and nothing multiplies', async () => {
    const [camp, city] = await pair()
    await forward(camp, 'alice', [city.address('carol')], false)
    await forward(city, 'carol', [camp.address('alice')], false)
    await camp.send(camp.address('bob'), [camp.address('alice')], letter('one'))
    for (let round = 0; round < 4; round += 1) {
      await carry(camp, city)
      await carry(city, camp)
    }
    expect(await subjects(camp, 'alice')).toEqual(['one'])
    expect(await city.letters('carol')).toEqual([])
    expect(await camp.letters('bob')).toEqual([])
  })

  test('in a circle here, to nobody, or to an unknown node puts it into the mailbox', async () => {
    const [camp] = await pair()
    await forward(camp, 'alice', [camp.address('bob')], false)
    await forward(camp, 'bob', [camp.address('alice')], false)
    await camp.send(camp.address('alice'), [camp.address('alice')], letter('circle'))
    expect([...(await subjects(camp, 'alice')), ...(await subjects(camp, 'bob'))]).toEqual(['circle'])
    await forward(camp, 'alice', ['x@nowhere.example', camp.address('eve')], false)
    await forward(camp, 'bob', [camp.address('alice')], false)
    await camp.send(camp.address('alice'), [camp.address('bob')], letter('nowhere'))
    expect(await subjects(camp, 'alice')).toContain('nowhere')
  })

  test('goes by gateways too, once', async () => {
    const queue = memoryQueue()
    const out = { name: 'out', domains: ['out.example'], from: [], plainOnly: false, recipientsMax: null }
    const camp = await office('camp', ['alice', 'bob'], { outside: { gateways: [out], queue, queued: () => {} } })
    await forward(camp, 'alice', ['al@out.example'], false)
    await camp.directory.aliases.put({ address: 'team', targets: ['bob', 'x@out.example'] })
    const recipients = [camp.address('alice'), camp.address('team')]
    for (let time = 0; time < 2; time += 1) await camp.send(camp.address('bob'), recipients, letter('one'))
    const waiting = await queue.page({ gateway: null, after: 0, limit: 10 })
    expect(waiting.map(({ envelope }) => [envelope.returnPath, ...envelope.recipients])).toEqual([
      [camp.address('alice'), 'al@out.example'],
      [camp.address('bob'), 'x@out.example'],
    ])
    expect(await camp.letters('alice')).toEqual([])
    expect(await subjects(camp, 'bob')).toEqual(['one'])
  })

  test('does not concern bounces', async () => {
    const [camp, city] = await pair()
    await forward(camp, 'alice', [city.address('nobody')], false)
    await camp.send(camp.address('bob'), [camp.address('alice')], letter('one'))
    await carry(camp, city)
    await carry(city, camp)
    const [report = '', ...others] = await camp.letters('alice')
    expect(others).toEqual([])
    expect(report).toContain('Status: 5.1.1')
    expect((await queueOf(camp, city)).filter(({ kind }) => kind === 'letter')).toEqual([])
  })
})

describe('a full mailbox', () => {
  const quotaOf = (user: string) => ({ sizeBytesMax: null, messagesMax: user === 'bob' ? 1 : null })

  test('is told to the sender at once when nobody else gets the letter', async () => {
    const camp = await office('camp', ['alice', 'bob'], { quotaOf })
    await camp.send(camp.address('alice'), [camp.address('bob')], letter('one'))
    const second = camp.send(camp.address('alice'), [camp.address('bob')], letter('two'))
    await expect(second).rejects.toMatchObject({ code: 'mailbox-full', retry: 'never' })
    expect(await subjects(camp, 'bob')).toEqual(['one'])
    // What was delivered before is no reason to refuse it.
    await camp.send(camp.address('alice'), [camp.address('bob')], letter('one'))
  })

  test('keeps the letter from nobody else, and its sender gets a report, also into a full mailbox', async () => {
    const camp = await office('camp', ['alice', 'bob'], { quotaOf })
    await camp.send(camp.address('bob'), [camp.address('bob')], letter('one'))
    await camp.send(camp.address('bob'), [camp.address('bob'), camp.address('alice')], letter('two'))
    expect(await subjects(camp, 'alice')).toEqual(['two'])
    const report = (await camp.letters('bob')).find(text => text.includes('Status: 5.2.2'))
    expect(report).toContain(`Final-Recipient: rfc822; ${camp.address('bob')}`)
    expect(await camp.letters('bob')).toHaveLength(2)
  })

  test('gets the letter all the same when nobody can be told, and others would have it', async () => {
    const camp = await office('camp', ['alice', 'bob'], { quotaOf })
    await camp.directory.aliases.put({ address: 'team', targets: ['alice', 'bob'] })
    await camp.send(camp.address('alice'), [camp.address('bob')], letter('one'))
    await camp.send('writer@elsewhere.example', [camp.address('team')], letter('two'))
    expect(await subjects(camp, 'alice')).toEqual(['two'])
    expect(await subjects(camp, 'bob')).toEqual(['one', 'two'])
  })

  test('takes a little more of what has travelled, then the sender is told', async () => {
    const [camp, city] = await pair({ quotaOf })
    for (let n = 0; n < 13; n += 1) {
      await city.send(city.address('carol'), [camp.address('bob')], letter(`letter ${n}`))
    }
    await carry(city, camp)
    expect(await camp.letters('bob')).toHaveLength(11)
    await carry(camp, city)
    const reports = await city.letters('carol')
    expect(reports).toHaveLength(2)
    expect(reports[0]).toContain('Status: 5.2.2')
    expect(reports[0]).toContain(`The mailbox of ${camp.address('bob')} is full`)
  })
})

describe('journeys', () => {
  const statesOf = async (at: Office, messageId: string, sender: string | null = null) => {
    const found = await at.journeys.ofMessage(messageId, { sender, limit: 9 })
    return Object.fromEntries(found.map(one => [`${one.sender} to ${one.recipient}`, one.state]))
  }

  test('say that a letter was sent on; where to is said to whoever forwards alone', async () => {
    const [camp, city] = await pair()
    const [alice, bob, carol] = [camp.address('alice'), camp.address('bob'), city.address('carol')]
    await camp.directory.users.change('alice', { forward: { to: [carol], keeps: false } })
    await camp.send(bob, [alice], letter('one'))
    expect(await statesOf(camp, 'one@test')).toEqual({
      [`${bob} to ${alice}`]: 'forwarded',
      [`${alice} to ${carol}`]: 'sealed',
    })
    expect(await statesOf(camp, 'one@test', bob)).toEqual({ [`${bob} to ${alice}`]: 'forwarded' })
    // The app hands it in again: nothing is different.
    await camp.send(bob, [alice], letter('one'))
    expect((await camp.journeys.ofMessage('one@test', { sender: bob, limit: 9 }))[0]?.stations).toHaveLength(2)
    await camp.directory.users.change('alice', { forward: { to: [carol], keeps: true } })
    await camp.send(bob, [alice], letter('two'))
    expect(await statesOf(camp, 'two@test', bob)).toEqual({ [`${bob} to ${alice}`]: 'delivered' })
    await city.send(city.address('dave'), [alice], letter('three'))
    await carry(city, camp)
    expect(await statesOf(camp, 'three@test')).toEqual({ [`${alice} to ${carol}`]: 'sealed' })
  })

  test('are one for each member of a list elsewhere, by node or by gateway', async () => {
    const outside = memoryJourneys({ today: 0 })
    const out = { name: 'out', domains: ['out.example'], from: [], plainOnly: false, recipientsMax: null }
    const queue = memoryQueue(outside)
    const [camp, city] = await pair({ outside: { gateways: [out], queue, queued: () => {} } })
    const [bob, carol] = [camp.address('bob'), city.address('carol')]
    const team = camp.address('team')
    await camp.directory.aliases.put({ address: 'team', targets: [carol, 'x@out.example'] })
    await camp.send(bob, [team], letter('one'))
    expect(await statesOf(camp, 'one@test')).toEqual({
      [`${bob} to ${team}`]: 'forwarded',
      [`${bob} to ${carol}`]: 'sealed',
    })
    expect(await outside.ofMessage('one@test', { sender: bob, limit: 9 })).toMatchObject([
      { recipient: 'x@out.example' },
    ])
  })

  test('say that a mailbox was full', async () => {
    const quotaOf = (user: string) => ({ sizeBytesMax: null, messagesMax: user === 'alice' ? 0 : null })
    const camp = await office('camp', ['alice', 'bob'], { quotaOf })
    const [alice, bob] = [camp.address('alice'), camp.address('bob')]
    await camp.send(bob, [alice, bob], letter('one'))
    expect(await statesOf(camp, 'one@test')).toEqual({
      [`${bob} to ${alice}`]: 'failed',
      [`${bob} to ${bob}`]: 'delivered',
    })
    const [journey] = await camp.journeys.ofRecipient(alice, { sender: null, limit: 9 })
    expect(journey?.stations.at(-1)?.reason).toBe(`The mailbox of ${alice} is full`)
  })
})
