/** A disk that changes bytes of a node's database. Real daemons, what they say, and what arrives. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { open, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inboxLetters, sendLetter, withImap } from '../support/mail.ts'
import { type Access, posthorn, program, type TestNode, twoNodes } from '../support/node.ts'
import { endProcess } from '../support/processes.ts'
import { makeStick, sync } from '../support/stick.ts'

let valley: TestNode
let ridge: TestNode
let alice: Access
let bob: Access
let stick: Awaited<ReturnType<typeof makeStick>>

beforeEach(async () => {
  stick = await makeStick()
  ;({ valley, ridge, alice, bob } = await twoNodes())
})
afterEach(async () => {
  await Promise.all([valley?.remove(), ridge?.remove(), stick?.remove()])
})

const letter = (name: string, sizeBytes: number) => ({
  ...{ to: bob.address, subject: name, messageId: `<${name}@test>` },
  text: randomBytes(sizeBytes).toString('base64'),
})
const words = async (node: TestNode, ...args: string[]) => posthorn([...args, '--home', node.home])

/** Every page but the first is overwritten in part, as by a disk that forgets. */
async function damage(node: TestNode): Promise<void> {
  const path = join(node.home, 'posthorn.db')
  const file = await open(path, 'r+')
  const rubbish = Buffer.alloc(300, 0xa5)
  const { size } = await file.stat()
  for (let page = 1; page < size / 4096; page += 3) await file.write(rubbish, 0, rubbish.length, page * 4096)
  await file.close()
}

/** Running, with its first good copy made. */
async function startCopied(node: TestNode): Promise<void> {
  await node.start()
  const copies = () => readdir(join(node.home, 'snapshots')).catch(() => [])
  await expect
    .poll(async () => (await copies()).filter(name => name.startsWith('posthorn-')), { timeout: 60_000 })
    .toHaveLength(1)
}

/** What `posthorn start` says until it runs. */
async function startedWords(node: TestNode): Promise<string> {
  const child = spawn(process.execPath, [program, 'start', '--home', node.home], { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('exit', code => reject(new Error(`the daemon ended with ${code}: ${text}`)))
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk: Buffer) => {
          text += chunk.toString()
          if (text.includes('is running')) resolve()
        })
      }
    })
  } finally {
    child.removeAllListeners('exit')
    await endProcess(child)
  }
  return text
}

describe('a database that the disk has damaged while the node was off', () => {
  it('is repaired at start, and said; letters with bytes in files arrive once, mail is there once', async () => {
    for (const node of [valley, ridge]) await startCopied(node)
    await sendLetter(alice, letter('before', 50_000))
    await sync(valley, stick.path)
    await sync(ridge, stick.path)
    await ridge.run(['toss'])
    expect(await inboxLetters(bob)).toHaveLength(1)
    await sendLetter(alice, letter('waiting', 50_000))
    for (const node of [valley, ridge]) {
      await node.end()
      await damage(node)
      const said = await startedWords(node)
      expect(said).toContain('The database was repaired')
      expect(said).toContain('The damaged files lie in')
      await node.start()
      expect((await words(node, 'status')).stdout).toContain('Database: repaired')
      expect((await words(node, 'check')).stdout).toContain('The database is whole')
    }
    for (let round = 0; round < 2; round += 1) {
      await sync(valley, stick.path)
      await sync(ridge, stick.path)
    }
    await ridge.run(['toss'])
    const subjects = (await inboxLetters(bob)).map(({ text }) => /Subject: (\w+)/.exec(text)?.[1] ?? '')
    expect(subjects.sort()).toEqual(['before', 'waiting'])
  })

  it('that is gone altogether comes back from the last good copy', async () => {
    await startCopied(valley)
    await valley.end()
    const path = join(valley.home, 'posthorn.db')
    await writeFile(path, '')
    expect(await startedWords(valley)).toContain('gone, or empty')
    await valley.start()
    const { neighbours, users } = await valley.run<{ neighbours: unknown[]; users: unknown[] }>(['status'])
    expect(users).toHaveLength(1)
    expect(neighbours).toHaveLength(1)
  })
})

describe('a database that the disk damages while the node runs', () => {
  it('is found by a check and repaired by the same process, which goes on', async () => {
    for (const node of [valley, ridge]) await startCopied(node)
    // What lies in the log yet would hide the damage.
    await valley.end()
    await valley.start()
    const { pid } = valley
    await withImap(alice, async client => {
      await client.mailboxOpen('INBOX')
      await damage(valley)
      await words(valley, 'check')
      const repair = async () => (await valley.run<{ repair: unknown }>(['status']).catch(() => null))?.repair
      await expect.poll(repair, { timeout: 60_000, interval: 250 }).toMatchObject({ cause: expect.any(String) })
    }).catch((error: unknown) => {
      // Its line was cut when the node closed its database.
      if (!String(error).match(/connection|closed|logout/i)) throw error
    })
    expect(valley.ended).toBeUndefined()
    expect(valley.pid).toBe(pid)
    await sendLetter(alice, letter('after', 1000))
    await sync(valley, stick.path)
    await sync(ridge, stick.path)
    expect((await inboxLetters(bob)).filter(({ text }) => text.includes('after@test'))).toHaveLength(1)
  })
})
