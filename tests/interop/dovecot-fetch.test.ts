/** FETCH of letters that are written in every way, beside Debian's Dovecot: what the two say must be the same. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { imapConnection } from '@posthorn/imap'
import { memoryAccount } from '@posthorn/imap/memory'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Dovecot, dovecotInstalled } from '../support/dovecot.ts'
import { type Value, valuesOf } from '../support/imap-values.ts'
import { ImapWire } from '../support/imap-wire.ts'
import { lettersOfCorpus, oddLetters } from './odd-letters.ts'

const structures = ['ENVELOPE', 'BODY', 'BODYSTRUCTURE']
const sections = [
  ...['', 'HEADER', 'TEXT', '1', '1.MIME', '2', '2.MIME', '2.HEADER', '2.TEXT', '2.HEADER.FIELDS (subject)', '9'],
  ...['HEADER.FIELDS (FROM Subject)', 'HEADER.FIELDS.NOT (FROM Subject)'],
].map(section => `BODY.PEEK[${section}]`)
const partials = ['BODY.PEEK[TEXT]<5.10>', 'BODY.PEEK[]<99999.5>', 'BODY.PEEK[HEADER.FIELDS.NOT (FROM)]<0.100>']
const items = [...structures, ...sections, ...partials, 'RFC822.SIZE', 'RFC822.HEADER']
/** Parts of what is a message or a multipart itself. */
const nested: Readonly<Record<string, readonly string[]>> = {
  'nested alternative': ['1.1', '1.2', '1.2.MIME', '1.3'],
  digest: ['1.1', '1.HEADER', '1.TEXT', '2.1.MIME', '3'],
  'forwarded message': ['2.1', '2.HEADER.FIELDS.NOT (from)', '2.1.1'],
  'message alone': ['1', '1.1', '1.HEADER', '1.TEXT'],
  'message with parts': ['1.1', '1.2', '1.2.MIME', '1.HEADER', '1.TEXT', '1.3'],
}

/** Where the two differ for a reason; docs/reference/imap.md has them in words. */
const differences: Readonly<Record<string, readonly string[]>> = {
  'no body': ['BODY.PEEK[HEADER.FIELDS.NOT (FROM Subject)]', 'BODY.PEEK[HEADER.FIELDS.NOT (FROM)]<0.100>'],
  'odd addresses': ['ENVELOPE'],
  'two of a field': ['ENVELOPE'],
  'no parts': ['BODY', 'BODYSTRUCTURE', 'BODY.PEEK[1]', 'BODY.PEEK[1.MIME]'],
  'no boundary lines': ['BODY', 'BODYSTRUCTURE', 'BODY.PEEK[1]', 'BODY.PEEK[1.MIME]'],
  'no boundary parameter': ['BODY', 'BODYSTRUCTURE', 'BODY.PEEK[1]', 'BODY.PEEK[1.MIME]'],
  'empty boundary': ['BODY', 'BODYSTRUCTURE', 'BODY.PEEK[1]', 'BODY.PEEK[1.MIME]'],
  'empty part': ['BODY.PEEK[1.MIME]'],
  'part without blank line': ['BODY.PEEK[1.MIME]'],
  'boundary that begins another': ['BODY.PEEK[1]'],
  'longer boundary line': ['BODY.PEEK[2.MIME]'],
  'same boundary nested': ['BODY.PEEK[1]'],
  'message in base64': ['BODY', 'BODYSTRUCTURE', 'BODY.PEEK[1]'],
  'empty message': ['BODY', 'BODYSTRUCTURE', 'BODY.PEEK[1]'],
  'RFC 2231': ['BODY', 'BODYSTRUCTURE'],
  'odd content types': ['BODY', 'BODYSTRUCTURE'],
  'odd dispositions': ['BODYSTRUCTURE'],
}

/** NIL and an empty string are the same nothing; types, encodings and header names have no case. */
function plain(value: Value): Value {
  if (typeof value === 'string') return value.toLowerCase()
  return value === null ? '' : value.map(plain)
}

async function ourServer(letters: readonly Uint8Array[]): Promise<(command: string) => Promise<string>> {
  const account = memoryAccount({ address: 'alice@camp.alt', now: () => 0 })
  for (const letter of letters) account.deliver(letter)
  const connection = imapConnection({
    authenticate: async () => account,
    plaintextLogin: true,
    secure: false,
    starttls: false,
    now: () => 0,
    metadata: () => null,
    serverName: 'Posthorn',
  })
  let text = ''
  const output = connection.output[Symbol.asyncIterator]()
  const command = async (line: string) => {
    text = ''
    await connection.receive(Buffer.from(`x ${line}\r\n`))
    while (!/(?:^|\r\n)x (?:OK|NO|BAD).*\r\n$/.test(text.slice(-1000))) {
      const { value } = await output.next()
      if (value?.kind === 'bytes') text += Buffer.from(value.bytes).toString('latin1')
    }
    return text
  }
  await command('LOGIN alice pw')
  await command('SELECT INBOX')
  return command
}

/** The answer to FETCH of one message, without the tagged line. */
function fetched(answer: string): Value {
  expect(answer).toMatch(/(?:^|\r\n)\w+ OK .*\r\n$/)
  return plain(valuesOf(answer.replace(/\w+ OK .*\r\n$/, '')))
}

describe.skipIf(!dovecotInstalled)('FETCH beside Dovecot', () => {
  let dovecot: Dovecot
  let theirs: ImapWire
  let ours: (command: string) => Promise<string>

  beforeAll(async () => {
    const letters = lettersOfCorpus()
    dovecot = await Dovecot.start()
    const maildir = dovecot.maildir('alice')
    for (const name of ['cur', 'new', 'tmp']) await mkdir(join(maildir, name), { recursive: true })
    for (const [at, letter] of letters.entries()) {
      await writeFile(join(maildir, 'cur', `${1_700_000_000 + at}.M${at}.host:2,S`), letter)
    }
    dovecot.own('alice')
    theirs = await ImapWire.open('127.0.0.1', dovecot.ports.imap)
    await theirs.command('LOGIN alice any')
    await theirs.command('SELECT INBOX')
    ours = await ourServer(letters)
  })

  afterAll(async () => {
    theirs?.close()
    await dovecot?.end()
  })

  it.each(Object.keys(oddLetters))('%s', async name => {
    const number = Object.keys(oddLetters).indexOf(name) + 1
    const more = (nested[name] ?? []).map(section => `BODY.PEEK[${section}]`)
    for (const item of [...items, ...more]) {
      const command = `FETCH ${number} (${item})`
      const [mine, other] = [fetched(await ours(command)), fetched(await theirs.command(command))]
      if (differences[name]?.includes(item) === true) expect(mine, `${item}: no difference`).not.toEqual(other)
      else expect(mine, item).toEqual(other)
    }
  })
})
