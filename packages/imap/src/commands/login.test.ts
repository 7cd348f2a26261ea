import { expect, test } from 'vitest'
import { converseInPieces, type Script, TestClient, testAccount, testOptions } from '../testing/conversation.ts'

const BASICS = 'IMAP4rev1 IDLE ID QUOTA METADATA XCHATMAIL LITERAL+ UIDPLUS MOVE UNSELECT NAMESPACE SASL-IR'
const OPEN = `${BASICS} ESEARCH SEARCHRES WITHIN SORT SORT=DISPLAY THREAD=ORDEREDSUBJECT THREAD=REFERENCES`

test('every way to log in, with literals, and what is refused', async () => {
  const ways = [
    'C: 1 LOGIN "alice@camp.alt" "pw"',
    'C: 1 login {14}\nS: + OK\nC: alice@camp.alt {2}\nS: + OK\nC: pw',
    'C: 1 LOGIN {14+}\nC: alice@camp.alt {2+}\nC: pw',
    'C: 1 AUTHENTICATE PLAIN AGFsaWNlQGNhbXAuYWx0AHB3',
    'C: 1 AUTHENTICATE plain\nS: + \nC: AGFsaWNlQGNhbXAuYWx0AHB3',
    'C: 1 AUTHENTICATE LOGIN\nS: + VXNlcm5hbWU6\nC: YWxpY2VAY2FtcC5hbHQ=\nS: + UGFzc3dvcmQ6\nC: cHc=',
  ]
  for (const way of ways) {
    await converseInPieces(
      `S: * OK [CAPABILITY ${OPEN} AUTH=PLAIN] Posthorn ready
      ${way}
      S: 1 OK [CAPABILITY ${OPEN} AUTH=PLAIN] Logged in
      C: 2 LOGIN a b
      S: 2 BAD Already logged in
      `,
      () => ({}),
    )
  }
  await converseInPieces(
    `S: * OK …
    C: 1 SELECT INBOX
    S: 1 BAD Log in first
    C: 2 LOGIN alice@camp.alt wrong
    S: 2 NO [AUTHENTICATIONFAILED] Wrong name or password
    C: 3 AUTHENTICATE PLAIN
    S: +${' '}
    C: *
    S: 3 BAD Authentication cancelled
    C: 4 AUTHENTICATE PLAIN =
    S: 4 BAD Not a PLAIN message
    C: 5 AUTHENTICATE PLAIN Ym9iAGFsaWNlQGNhbXAuYWx0AHB3
    S: 5 NO [AUTHORIZATIONFAILED] …
    C: 6 AUTHENTICATE CRAM-MD5
    S: 6 NO [CANNOT] …
    C: 7 AUTHENTICATE PLAIN ???
    S: 7 BAD Base64 expected
    C: 8 FROBNICATE
    S: 8 BAD Unknown command
    C: 9 LOGIN "alice@camp.alt" "pw" extra
    S: 9 BAD Too many arguments
    `,
    () => ({}),
  )
})

test('no password in clear before TLS', async () => {
  const server = (): Script => ({ options: { plaintextLogin: false, starttls: true } })
  await converseInPieces(
    `S: * OK [CAPABILITY ${OPEN} STARTTLS LOGINDISABLED] Posthorn ready
    C: 1 LOGIN alice@camp.alt pw
    S: 1 NO [PRIVACYREQUIRED] Log in under TLS only
    C: 2 AUTHENTICATE PLAIN
    S: 2 NO [PRIVACYREQUIRED] Log in under TLS only
    C: 3 STARTTLS
    S: 3 OK Begin TLS negotiation now
    S: <starttls>
    `,
    server,
  )
})

test('STARTTLS injection: what came in clear after the command is forgotten', async () => {
  const client = new TestClient(testOptions({ options: { plaintextLogin: false, starttls: true } }))
  await client.line()
  await client.send('0 ID ("name" "Delta Chat")\r\n1 STARTTLS\r\n2 LOGIN alice@camp.alt pw\r\n3 LOG')
  await client.send('OUT\r\n4 NOOP\r\n')
  expect(await client.rest()).toBe(
    '* ID ("name" "Posthorn")\r\n0 OK ID completed\r\n1 OK Begin TLS negotiation now\r\n<starttls>\r\n',
  )
  client.connection.secured()
  expect(await client.command('5 CAPABILITY')).toEqual([`* CAPABILITY ${OPEN} AUTH=PLAIN`, '5 OK Capability completed'])
  expect(client.connection.state).toBe('not-authenticated')
  expect(await client.command('6 STARTTLS')).toEqual(['6 BAD TLS is on already'])
  expect((await client.command('7 LOGIN alice@camp.alt pw')).at(-1)).toMatch(/^7 OK /)
})

test('AUTH guesses: five failures end the connection, and no password is in an event', async () => {
  const client = new TestClient(testOptions())
  await client.line()
  for (const tag of ['1', '2', '3', '4']) await client.command(`${tag} LOGIN alice@camp.alt hunter2`)
  expect(await client.command('5 LOGIN alice@camp.alt hunter2')).toEqual(['* BYE Too many failed logins', '<close>'])
  expect(client.events.filter(event => event.kind === 'login-failed')).toHaveLength(5)
  expect(JSON.stringify(client.events)).not.toContain('hunter2')
})

test('a directory in trouble is a NO, and its text cannot add a line', async () => {
  let fails = true
  const client = new TestClient(
    testOptions({
      options: {
        async authenticate() {
          if (fails) throw new Error('disk')
          return { refused: 'throttled', text: '[ALERT] wait\r\n* BYE gone' }
        },
      },
    }),
  )
  await client.line()
  expect(await client.command('1 LOGIN a b')).toEqual([
    '1 NO [UNAVAILABLE] Login is not possible at the moment, try again later',
  ])
  fails = false
  expect(await client.command('2 LOGIN a b')).toEqual(['2 NO [LIMIT] (ALERT] wait * BYE gone'])
  expect(client.events.map(event => event.kind)).toEqual(['error', 'login-failed', 'login-failed'])
})

test('a log that throws does not matter', async () => {
  const account = testAccount()
  const client = new TestClient(
    testOptions({
      account,
      options: {
        onEvent() {
          throw new Error('disk full')
        },
      },
    }),
  )
  await client.line()
  expect((await client.command('1 LOGIN alice@camp.alt pw')).at(-1)).toMatch(/^1 OK/)
})
