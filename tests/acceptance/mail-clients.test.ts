/** Mail programs that people and scripts use, headless, against a running node. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ImapFlow } from 'imapflow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inboxLetters, sendLetter } from '../support/mail.ts'
import { type Access, TestNode } from '../support/node.ts'
import { installed, succeeding } from '../support/programs.ts'

let node: TestNode
let scratch: string

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'posthorn-clients-'))
  node = await TestNode.make('camp')
  await node.start()
})

afterAll(async () => {
  await node.remove()
  await rm(scratch, { recursive: true, force: true })
})

/** A person with three letters, the last one larger than a read. */
async function withLetters(name: string): Promise<Access> {
  const access = await node.addUser(name)
  await sendLetter(access, { to: access.address, subject: 'First', text: 'one\r\n.\r\ndot' })
  await sendLetter(access, { to: access.address, subject: 'Größe', text: 'zwei: äöü ☃' })
  await sendLetter(access, { to: access.address, subject: 'Third', text: `${'x'.repeat(70)}\r\n`.repeat(5000) })
  return access
}

async function subjects(folder: string): Promise<string[]> {
  const names = [...(await readdir(join(folder, 'new'))), ...(await readdir(join(folder, 'cur')))]
  const letters = await Promise.all(
    names.map(async name => {
      const part = (await readdir(join(folder, 'new'))).includes(name) ? 'new' : 'cur'
      return readFile(join(folder, part, name), 'utf8')
    }),
  )
  return letters.map(text => /^Subject: (.*)$/m.exec(text)?.[1]?.trim() ?? '').sort()
}

describe.runIf(installed('mbsync', 'isync'))('mbsync', () => {
  let access: Access
  let home: string

  const sync = () => succeeding(['mbsync', '-c', join(home, 'mbsyncrc'), '-a'], { env: { HOME: home } })

  beforeAll(async () => {
    access = await withLetters('mbsync')
    home = await mkdtemp(join(scratch, 'mbsync-'))
    await mkdir(join(home, 'mail'))
    const lines = [
      'IMAPAccount posthorn',
      `Host ${access.imap.host}`,
      `Port ${access.imap.port}`,
      `User "${access.address}"`,
      `Pass "${access.password}"`,
      'SSLType None',
      'AuthMechs LOGIN',
      '\nIMAPStore remote\nAccount posthorn',
      `\nMaildirStore local\nPath ${home}/mail/\nInbox ${home}/mail/INBOX\nSubFolders Verbatim`,
      '\nChannel all\nFar :remote:\nNear :local:\nPatterns *\nCreate Both\nExpunge Both\nSyncState *',
    ]
    await writeFile(join(home, 'mbsyncrc'), `${lines.join('\n')}\n`)
  })

  it('has everything on both sides, and flags, removals and new letters afterwards', async () => {
    await sync()
    const inbox = join(home, 'mail', 'INBOX')
    expect(await subjects(inbox)).toEqual(['=?UTF-8?Q?Gr=C3=B6=C3=9Fe?=', 'First', 'Third'])

    // Here: a letter of one's own, in a folder of one's own. There: one read, one removed.
    for (const part of ['cur', 'new', 'tmp']) await mkdir(join(home, 'mail', 'Mine', part), { recursive: true })
    await writeFile(join(home, 'mail', 'Mine', 'cur', 'one:2,FS'), 'Subject: Filed\nMessage-ID: <filed@x>\n\nhello\n')
    const client = await connected(access)
    const lock = await client.getMailboxLock('INBOX')
    await client.messageFlagsAdd({ subject: 'First' }, ['\\Seen', '\\Flagged'])
    await client.messageDelete({ subject: 'Third' })
    lock.release()
    await sync()
    expect(await subjects(inbox)).toEqual(['=?UTF-8?Q?Gr=C3=B6=C3=9Fe?=', 'First'])
    const seen = (await readdir(join(inbox, 'cur'))).filter(name => name.endsWith(':2,FS'))
    expect(seen).toHaveLength(1)

    const filed = await client.getMailboxLock('Mine')
    const message = await client.fetchOne('1', { flags: true, source: true })
    if (!message) throw new Error('nothing was filed')
    expect([...(message.flags ?? [])].sort()).toEqual(['\\Flagged', '\\Seen'])
    expect(message.source?.toString()).toContain('Subject: Filed\r\n')
    filed.release()
    await client.logout()
    await sync()
    expect(await subjects(join(home, 'mail', 'Mine'))).toEqual(['Filed'])
  })
})

async function connected({ imap, address, password }: Access): Promise<ImapFlow> {
  const { host, port } = imap
  const auth = { user: address, pass: password }
  const client = new ImapFlow({ host, port, secure: false, doSTARTTLS: false, auth, logger: false })
  await client.connect()
  return client
}

describe.runIf(installed('neomutt', 'neomutt'))('neomutt', () => {
  it('reads, flags, files and answers by IMAP and SMTP', async () => {
    const access = await withLetters('mutt')
    const home = await mkdtemp(join(scratch, 'mutt-'))
    const login = encodeURIComponent(access.address)
    const lines = [
      `set folder = "imap://${login}@${access.imap.host}:${access.imap.port}/"`,
      `set imap_pass = "${access.password}" smtp_pass = "${access.password}"`,
      `set smtp_url = "smtp://${login}@${access.smtp.host}:${access.smtp.port}/"`,
      `set from = "${access.address}" realname = "Mutt User" hostname = "camp.example"`,
      'set ssl_starttls = no ssl_force_tls = no ssl_use_tlsv1_2 = yes smtp_authenticators = "plain"',
      'set spoolfile = "+INBOX" record = "+Sent" postponed = "+Drafts" confirmcreate = no confirmappend = no',
      'set delete = yes move = no copy = yes quit = yes abort_unmodified = no abort_nosubject = no',
      'set wait_key = no mail_check = 60 sendmail_wait = 0',
    ]
    await writeFile(join(home, 'muttrc'), `${lines.join('\n')}\n`)
    const environment = { env: { HOME: home, TERM: 'xterm' }, cwd: home }

    // The way out needs no terminal.
    const batch = ['neomutt', '-n', '-F', join(home, 'muttrc'), '-s', 'From mutt', '--', access.address]
    await succeeding(batch, { ...environment, input: 'sent by mutt\n' })
    const sent = (await inboxLetters(access)).find(({ text }) => text.includes('Subject: From mutt'))
    expect(sent?.text).toContain('\r\n\r\nsent by mutt\r\n')

    // Keys as a person would type them: flag what is called First, file Third, delete what mutt sent.
    const keys = [
      '<tag-pattern>~s First<enter><tag-prefix><flag-message>',
      '<tag-prefix><tag-entry>',
      '<tag-pattern>~s Third<enter><tag-prefix><save-message>=Kept<enter><tag-prefix><tag-entry>',
      '<delete-pattern>~s "From mutt"<enter><sync-mailbox><quit>',
    ].join('')
    const command = `neomutt -n -F ${join(home, 'muttrc')} -e 'push "${keys.replaceAll('"', '\\"')}"'`
    await succeeding(['script', '-qec', command, '/dev/null'], environment)

    const client = await connected(access)
    const lock = await client.getMailboxLock('INBOX')
    const left = await client.fetchAll('1:*', { envelope: true, flags: true })
    lock.release()
    const names = (await client.list()).map(({ path }) => path)
    const status = await client.status('Kept', { messages: true })
    await client.logout()
    expect(left.map(({ envelope }) => envelope?.subject)).toEqual(['First', 'Größe'])
    expect([...(left[0]?.flags ?? [])]).toContain('\\Flagged')
    expect(names).toEqual(expect.arrayContaining(['INBOX', 'Kept']))
    expect(status).toMatchObject({ messages: 1 })
  })
})

describe.runIf(installed('curl', 'curl'))('curl', () => {
  it('sends by SMTP, and lists, searches, reads, files and removes by IMAP, in clear and under TLS', async () => {
    const access = await withLetters('curl')
    const { listeners } = await node.run<{ listeners: Record<string, { port: number }> }>(['status'])
    const user = ['-sS', '-k', '-u', `${access.address}:${access.password}`]
    const urls = {
      smtp: [`smtp://127.0.0.1:${access.smtp.port}`, `smtps://127.0.0.1:${listeners['smtps']?.port}`],
      imap: [`imap://127.0.0.1:${access.imap.port}`, `imaps://127.0.0.1:${listeners['imaps']?.port}`],
    }
    for (const [at, url] of urls.smtp.entries()) {
      const mail = ['--mail-from', access.address, '--mail-rcpt', access.address, '--crlf', '-T', '-']
      await succeeding(['curl', ...user, ...mail, url], { input: `Subject: Curl ${at}\n\nhi\n.\nthere\n` })
    }
    const starttls = ['--ssl-reqd', '--mail-from', access.address, '--mail-rcpt', access.address, '--crlf', '-T', '-']
    await succeeding(['curl', ...user, ...starttls, urls.smtp[0] ?? ''], { input: 'Subject: Curl TLS\n\nhi\n' })

    for (const url of urls.imap) {
      const ask = (path: string, ...more: string[]) => succeeding(['curl', ...user, ...more, `${url}${path}`])
      expect(await ask('/')).toMatch(/\* LIST .* "?INBOX"?/)
      expect(await ask('/INBOX', '-X', 'SEARCH SUBJECT "Curl"')).toMatch(/\* SEARCH 4 5 6\r\n/)
      expect(await ask('/INBOX;MAILINDEX=4')).toContain('hi\r\n.\r\nthere\r\n')
      expect(await ask('/INBOX;MAILINDEX=1;SECTION=HEADER.FIELDS%20(SUBJECT)')).toContain('Subject: First')
      expect((await ask('/INBOX;MAILINDEX=3')).length).toBeGreaterThan(360_000)
    }
    const [plain = ''] = urls.imap
    await writeFile(join(scratch, 'put.eml'), 'Subject: Put\r\n\r\nby curl\r\n')
    await succeeding(['curl', ...user, '-X', 'CREATE Filed', `${plain}/`])
    await succeeding(['curl', ...user, '-T', join(scratch, 'put.eml'), `${plain}/Filed`])
    expect(await succeeding(['curl', ...user, `${plain}/Filed;MAILINDEX=1`])).toContain('Subject: Put')
    await succeeding(['curl', ...user, '-X', 'STORE 1 +FLAGS (\\Deleted)', `${plain}/Filed`])
    expect(await succeeding(['curl', ...user, '-X', 'EXPUNGE', `${plain}/Filed`])).toMatch(/\* 1 EXPUNGE/)
  })
})

describe.runIf(installed('swaks', 'swaks libnet-ssleay-perl libauthen-sasl-perl'))('swaks', () => {
  it('logs in by each way there is, in clear and under TLS, and hears what is refused', async () => {
    const access = await node.addUser('swaks')
    const { listeners } = await node.run<{ listeners: Record<string, { port: number }> }>(['status'])
    const base = ['swaks', '--from', access.address, '--to', access.address, '--body', 'hello']
    const login = ['-au', access.address, '-ap', access.password]
    const smtp = ['--server', '127.0.0.1', '--port', String(access.smtp.port)]
    for (const way of [
      ['-a', 'PLAIN'],
      ['-a', 'LOGIN'],
      ['-a', 'PLAIN', '-tls'],
      ['-a', 'LOGIN', '-tls'],
    ]) {
      await succeeding([...base, ...smtp, ...way, ...login, '--header', `Subject: ${way.join(' ')}`])
    }
    const smtps = ['--server', '127.0.0.1', '--port', String(listeners['smtps']?.port), '-tlsc']
    await succeeding([...base, ...smtps, '-a', 'PLAIN', ...login, '--header', 'Subject: TLS first'])
    expect(await inboxLetters(access)).toHaveLength(5)

    const refused = (...words: string[]) => succeeding([...base, ...smtp, ...words])
    await expect(refused()).rejects.toThrow(/530 5\.7\.0/)
    await expect(refused('-a', 'PLAIN', '-au', access.address, '-ap', 'wrong')).rejects.toThrow(/535 5\.7\.8/)
    await expect(refused('-a', 'PLAIN', ...login, '--from', 'other@far.example')).rejects.toThrow(/553 5\.7\.1/)
    expect(await inboxLetters(access)).toHaveLength(5)
  })
})

const imaplibScript = `
import imaplib, os, sys
box = imaplib.IMAP4('127.0.0.1', int(os.environ['PORT']))
box.login(os.environ['NAME'], os.environ['PASSWORD'])
def ok(answer):
    assert answer[0] == 'OK', answer
    return answer[1]
assert ok(box.select('INBOX')) == [b'3']
assert ok(box.search(None, 'ALL')) == [b'1 2 3']
assert ok(box.uid('SEARCH', None, 'SUBJECT', '"First"'))[0] != b''
size = ok(box.fetch('3', '(RFC822.SIZE FLAGS)'))[0]
assert b'RFC822.SIZE' in size, size
body = ok(box.fetch('1', '(BODY.PEEK[TEXT])'))[0][1]
assert b'one\\r\\n.\\r\\ndot' in body, body
ok(box.create('Work/2026'))
ok(box.copy('1:2', 'Work/2026'))
when = imaplib.Time2Internaldate(86400 * 365)
ok(box.append('Work/2026', '(\\\\Seen)', when, b'Subject: appended\\r\\n\\r\\nx\\r\\n'))
assert ok(box.select('Work/2026')) == [b'3']
assert b'1-Jan-1971' in ok(box.fetch('3', '(INTERNALDATE)'))[0]
ok(box.store('1', '+FLAGS', '(\\\\Deleted custom)'))
assert ok(box.expunge()) == [b'1']
status = ok(box.status('Work/2026', '(MESSAGES UNSEEN)'))[0]
assert b'MESSAGES 2' in status and b'UNSEEN 1' in status, status
assert b'Work/2026' in b' '.join(ok(box.list()))
box.close()
ok(box.rename('Work/2026', 'Done'))
ok(box.delete('Done'))
box.logout()
print('fine')
`

describe.runIf(installed('python3', 'python3'))('imaplib of Python', () => {
  it('does what a script does', async () => {
    const { address, password, imap } = await withLetters('python')
    const env = { NAME: address, PASSWORD: password, PORT: String(imap.port) }
    expect(await succeeding(['python3', '-c', imaplibScript], { env })).toBe('fine\n')
  })
})

describe('imapflow', () => {
  it('hears what another client does, at once', async () => {
    const access = await withLetters('flow')
    const [watching, working] = [await connected(access), await connected(access)]
    await watching.mailboxOpen('INBOX')
    const heard: string[] = []
    const next = (count: number) =>
      new Promise<void>(resolve => {
        const look = () => {
          if (heard.length >= count) resolve()
        }
        for (const event of ['exists', 'expunge', 'flags'] as const) {
          watching.on(event, () => {
            heard.push(event)
            look()
          })
        }
      })
    const all = next(4)
    void watching.idle()
    await working.mailboxOpen('INBOX')
    await working.messageFlagsAdd('1', ['\\Flagged'])
    await working.messageDelete('2')
    await working.append('INBOX', 'Subject: new\r\n\r\nx\r\n', ['\\Seen'])
    await all
    expect(heard).toEqual(['flags', 'flags', 'expunge', 'exists'])
    await watching.logout()
    await working.logout()
  })
})
