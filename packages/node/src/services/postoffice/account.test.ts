/** The node's own account: who may write to it. What it answers goes by the sender, and so may its orders. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bodyInMemory } from './body.ts'
import { carry, Office } from './rig.ts'

let camp: Office
let city: Office
let arrived: number

beforeEach(async () => {
  arrived = 0
  const account = {
    user: 'posthorn',
    arrived: () => {
      arrived += 1
    },
  }
  camp = await Office.open('camp', ['alice', 'mallory'], undefined, undefined, undefined, undefined, { account })
  city = await Office.open('city', ['eve'])
  await camp.mailbox.create('posthorn')
  await camp.knows(city)
  await city.knows(camp)
})
afterEach(async () => {
  await camp.stop()
  await city.stop()
})

function submit(office: Office, sender: string, ...from: readonly string[]): Promise<unknown> {
  return handIn(office, sender.split('@')[0], sender, from)
}

function handIn(office: Office, login: string | undefined, sender: string, from: readonly string[]): Promise<unknown> {
  const lines = [...from.map(value => `From: ${value}`), 'Subject: [...]', '', 'sealed', '']
  const body = bodyInMemory(Buffer.from(lines.join('\r\n')))
  return office.office.submit({ sender, ...(login && { login }), recipients: [camp.address('posthorn')], body })
}

test('people who live here write to it under their own address, and it is told', async () => {
  const alice = camp.address('alice')
  for (const from of [alice, `<${alice}>`, `"Alice" <${alice.toUpperCase()}>`]) await submit(camp, alice, from)
  expect(await camp.letters('posthorn')).toHaveLength(3)
  expect(arrived).toBe(3)
})

test('a letter in the name of somebody else, or of nobody in particular, is refused', async () => {
  const [alice, mallory] = [camp.address('alice'), camp.address('mallory')]
  for (const from of [
    [alice],
    [`${alice}, ${mallory}`],
    [`"${alice}" <${mallory}>, <${alice}>`],
    [`${alice} <${mallory}>`],
    [`<${alice}> <${mallory}>`],
    [`(<${alice}>) ${mallory}`],
    [mallory, alice],
    [],
  ]) {
    await expect(submit(camp, mallory, ...from)).rejects.toMatchObject({ retry: 'never' })
  }
  await expect(submit(camp, '', alice)).rejects.toMatchObject({ retry: 'never' })
  await expect(submit(camp, camp.address('posthorn'), camp.address('posthorn'))).rejects.toMatchObject({
    retry: 'never',
  })
  expect(await camp.letters('posthorn')).toEqual([])
  expect(arrived).toBe(0)
})

test('a letter in the name of somebody here that came by LMTP or a program, without a login, is refused', async () => {
  const alice = camp.address('alice')
  for (const login of [undefined, 'mallory', 'posthorn']) {
    await expect(handIn(camp, login, alice, [alice])).rejects.toMatchObject({ retry: 'never' })
  }
  await camp.directory.aliases.put({ address: 'lamp', targets: ['posthorn'] })
  const body = bodyInMemory(Buffer.from(`From: ${alice}\r\n\r\nsealed\r\n`))
  for (const to of ['lamp', 'posthorn+x']) {
    const letter = { sender: alice, recipients: [camp.address(to)], body }
    await expect(camp.office.submit(letter)).rejects.toMatchObject({ retry: 'never' })
  }
  expect(await camp.letters('posthorn')).toEqual([])
  expect(arrived).toBe(0)
})

test('a letter of another node is not let in, whoever it says it is from', async () => {
  await submit(city, city.address('eve'), city.address('eve'))
  await submit(city, city.address('eve'), camp.address('alice'))
  await carry(city, camp)
  expect(await camp.letters('posthorn')).toEqual([])
  await carry(camp, city)
  const [report] = await city.letters('eve')
  expect(report).toContain('reads only letters of people who live here')
})
