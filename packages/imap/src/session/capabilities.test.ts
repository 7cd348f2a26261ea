/** Who is offered what: by what a client does before it logs in, and by what it says of itself. */
import { expect, test } from 'vitest'
import { TestClient, testOptions } from '../testing/conversation.ts'

const CHAT = 'IMAP4rev1 IDLE ID QUOTA METADATA XCHATMAIL LITERAL+ UIDPLUS MOVE UNSELECT NAMESPACE SASL-IR AUTH=PLAIN'
const NOT_FOR_CHAT = ['IMAP4rev2', 'CONDSTORE', 'QRESYNC', 'ENABLE', 'NOTIFY', 'UTF8=ACCEPT']

async function greeted(): Promise<TestClient> {
  const client = new TestClient(testOptions())
  // Capabilities in the greeting would spare others the question by which they are known.
  expect(await client.line()).toBe('* OK Posthorn ready')
  return client
}

/** The list in the answer to a command. */
async function offered(client: TestClient, command: string): Promise<string[]> {
  const text = (await client.command(command)).join('\n')
  return (/CAPABILITY ([^\]\n]*)/.exec(text)?.[1] ?? '').split(' ')
}

test('who logs in without a look is taken for Delta Chat, and stays so when it says so', async () => {
  const client = await greeted()
  expect(await offered(client, '1 LOGIN "alice@camp.alt" "pw"')).toEqual(CHAT.split(' '))
  // Cores before 2.50 ask here; they name themselves only then.
  expect(await offered(client, '2 CAPABILITY')).toEqual(CHAT.split(' '))
  expect((await client.command('3 ID ("name" "Delta Chat")')).at(-1)).toBe('3 OK ID completed')
  expect(await offered(client, '4 CAPABILITY')).toEqual(CHAT.split(' '))
})

test.each([
  ['asks first', ['0 CAPABILITY'], '1 LOGIN "alice@camp.alt" "pw"'],
  ['logs in by AUTHENTICATE', [], '1 AUTHENTICATE PLAIN AGFsaWNlQGNhbXAuYWx0AHB3'],
  ['names itself first', ['0 ID ("name" "Mail program")'], '1 LOGIN "alice@camp.alt" "pw"'],
])('who %s is offered everything', async (_, before, login) => {
  const client = await greeted()
  for (const command of before) await client.command(command)
  const list = await offered(client, login)
  expect(list).toEqual(expect.arrayContaining(NOT_FOR_CHAT))
  expect(list).not.toContain('XCHATMAIL')
  expect(await offered(client, '2 CAPABILITY')).toEqual(list)
})

test('who turns out to be another client is told what else there is', async () => {
  for (const id of ['("name" "Mail program")', 'NIL', '("version" "1")']) {
    const client = await greeted()
    await client.command('1 LOGIN "alice@camp.alt" "pw"')
    expect(await offered(client, `2 ID ${id}`)).toEqual(expect.arrayContaining(NOT_FOR_CHAT))
  }
})

test('a Delta Chat that looks first is known by its name', async () => {
  const client = await greeted()
  expect(await offered(client, '0 CAPABILITY')).toEqual(expect.arrayContaining(NOT_FOR_CHAT))
  await client.command('1 LOGIN "alice@camp.alt" "pw"')
  expect(await offered(client, '2 ID ("name" "Delta Chat")')).toEqual(CHAT.split(' '))
})
