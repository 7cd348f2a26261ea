/** Coming back after a while (RFC 7162): the answers beside Dovecot's, and a client that others wrote. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { ImapFlow } from 'imapflow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Dovecot, dovecotInstalled } from '../support/dovecot.ts'
import { type Access, TestNode } from '../support/node.ts'

/** IMAP by hand. */
class Wire {
  readonly #socket: Socket
  #text = ''
  #heard: (() => void) | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', chunk => {
      this.#text += chunk.toString('latin1')
      this.#heard?.()
    })
  }

  static async open(port: number, user: string, password: string): Promise<Wire> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const wire = new Wire(socket)
    await wire.#until(/^\* OK/m)
    await wire.say(`LOGIN "${user}" "${password}"`)
    return wire
  }

  async #until(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.#text)
      const end = found === null ? -1 : this.#text.indexOf('\r\n', found.index)
      if (end >= 0) {
        const said = this.#text.slice(0, end)
        this.#text = this.#text.slice(end + 2)
        return said
      }
      await new Promise<void>(resolve => {
        this.#heard = resolve
      })
    }
  }

  /** All that was said up to the tagged answer. */
  async say(command: string): Promise<string> {
    this.#socket.write(`t ${command}\r\n`)
    return this.#until(/^t (OK|NO|BAD)/m)
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** What two servers must agree on: who is gone, who changed and how, how it ended. How they count changes is theirs. */
function essence(said: string): string[] {
  const lines = said.split('\r\n')
  const vanished = lines.flatMap(line => /^\* (VANISHED .*)/.exec(line)?.[1] ?? [])
  const fetched = lines.flatMap(line => {
    const uid = /UID (\d+)/.exec(line)?.[1]
    if (!/^\* \d+ FETCH/.test(line) || uid === undefined) return []
    const flags = /FLAGS \(([^)]*)\)/
      .exec(line)?.[1]
      ?.split(' ')
      .filter(flag => flag !== '\\Recent')
    return `FETCH ${uid} ${flags?.sort().join(' ') ?? ''} ${/MODSEQ \(\d+\)/.test(line) ? 'MODSEQ' : ''}`
  })
  const [end = ''] = /^t (?:OK|NO|BAD)(?: \[[A-Z]+)?(?: \d[\d,:]*)?/.exec(lines.at(-1) ?? '') ?? []
  return [...vanished, ...fetched.sort(), end.replace(/(HIGHESTMODSEQ|READ).*/, '$1')]
}

/** The same life of a mailbox at any server; answers what each step said. */
async function life(port: number, user: string, password: string): Promise<string[][]> {
  const one = await Wire.open(port, user, password)
  for (let number = 1; number <= 9; number += 1) {
    const message = `Subject: m${number}\r\n\r\nHello\r\n`
    await one.say(`APPEND INBOX {${message.length}+}\r\n${message}`)
  }
  const away = await Wire.open(port, user, password)
  await away.say('ENABLE QRESYNC')
  const before = await away.say('SELECT INBOX')
  const [, validity] = /UIDVALIDITY (\d+)/.exec(before) ?? []
  const [, modseq] = /HIGHESTMODSEQ (\d+)/.exec(before) ?? []
  away.close()

  const said: string[] = []
  await one.say('SELECT INBOX')
  await one.say('UID STORE 2:3,8 +FLAGS.SILENT (\\Deleted)')
  await one.say('EXPUNGE')
  await one.say('UID STORE 4,9 +FLAGS.SILENT (\\Flagged)')
  await one.say('APPEND INBOX {6+}\r\nA: b\r\n\r\n')
  const back = await Wire.open(port, user, password)
  await back.say('ENABLE QRESYNC')
  for (const known of ['', ' 1:9', ' 1:7', ' 4:5,8', ' (1:2 1,2)']) {
    said.push(await back.say(`SELECT INBOX (QRESYNC (${validity} ${modseq}${known}))`))
  }
  said.push(await back.say(`SELECT INBOX (QRESYNC (1 ${modseq}))`))
  said.push(await back.say(`UID FETCH 1:9 (FLAGS) (CHANGEDSINCE ${modseq} VANISHED)`))
  said.push(await back.say(`FETCH 1:* (FLAGS) (CHANGEDSINCE ${modseq} VANISHED)`))
  // We also tell why it failed, which Dovecot leaves to the client to ask.
  const conditional = await back.say(`UID STORE 1,4,9 (UNCHANGEDSINCE ${modseq}) +FLAGS.SILENT (\\Answered)`)
  said.push(conditional.split('\r\n').at(-1) ?? '')
  said.push(await back.say('UID STORE 1,5 +FLAGS (\\Deleted)'))
  said.push(await back.say('UID EXPUNGE 1:4'))
  said.push(await back.say('EXPUNGE'))
  said.push(await back.say('EXPUNGE'))
  for (const wire of [one, back]) wire.close()
  return said.map(essence)
}

describe('coming back', () => {
  let node: TestNode
  let access: Access

  beforeAll(async () => {
    node = await TestNode.make('resync')
    access = await node.addUser('alice')
    await node.start()
  })
  afterAll(() => node?.remove())

  it.skipIf(!dovecotInstalled)('is told what Dovecot tells', async () => {
    const dovecot = await Dovecot.start()
    try {
      const theirs = await life(dovecot.ports.imap, 'alice', 'any')
      const ours = await life(access.imap.port, access.address, access.password)
      expect(ours).toEqual(theirs)
    } finally {
      await dovecot.end()
    }
  })

  it('shows imapflow what went and what changed while it was away', async () => {
    const bob = await node.addUser('bob')
    const open = async () => {
      const { host, port } = bob.imap
      const auth = { user: bob.address, pass: bob.password }
      const client = new ImapFlow({ host, port, secure: false, doSTARTTLS: false, auth, logger: false, qresync: true })
      await client.connect()
      return client
    }
    const first = await open()
    for (const text of ['one', 'two', 'three'])
      await first.append('INBOX', Buffer.from(`Subject: ${text}\r\n\r\nx\r\n`))
    const { highestModseq, uidValidity } = await first.mailboxOpen('INBOX')
    expect([...first.enabled]).toContain('QRESYNC')
    await first.logout()

    const other = await open()
    await other.mailboxOpen('INBOX')
    await other.messageDelete('2', { uid: true })
    await other.messageFlagsAdd('3', ['\\Flagged'], { uid: true })
    await other.logout()

    const back = await open()
    const heard: unknown[] = []
    back.on('expunge', event => heard.push({ gone: event.uid, earlier: event.earlier }))
    back.on('flags', event => heard.push({ changed: event.uid, flags: [...(event.flags ?? [])] }))
    const options = { changedSince: highestModseq, uidValidity } as object
    await back.mailboxOpen('INBOX', options)
    await back.noop()
    await back.logout()
    expect(heard).toContainEqual({ gone: 2, earlier: true })
    expect(heard).toContainEqual({ changed: 3, flags: ['\\Flagged'] })
  })
})
