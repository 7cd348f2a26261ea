/** A disk that fails or is full under the database alone: system calls of a running daemon are made to fail. */
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { injectionPossible } from '../harness/machine.ts'
import { lettersOnDisk, sendLetter } from '../support/mail.ts'
import { type Access, TestNode } from '../support/node.ts'
import { endProcess } from '../support/processes.ts'

type SmtpError = { readonly responseCode?: number }

const writing = 'pwrite64,pwritev,ftruncate,fsync,fdatasync'

/** From now until it is ended, each of the daemon's `calls` on the database or its log fails. */
async function failing(node: TestNode, calls: string, error: string): Promise<() => Promise<void>> {
  const path = join(node.home, 'posthorn.db')
  const args = ['-f', '-p', String(node.pid), '-P', path, '-P', `${path}-wal`, '-e', `trace=${calls}`]
  const tracer = spawn('strace', [...args, '-e', `inject=${calls}:error=${error}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  // It says when it holds on to the daemon, and then each call.
  const lines = createInterface({ input: tracer.stderr })
  await new Promise<void>((resolve, reject) => {
    lines.once('line', () => resolve())
    tracer.once('exit', code => reject(new Error(`strace ended with ${code}`)))
  })
  lines.resume()
  return () => endProcess(tracer, 'SIGINT')
}

describe.skipIf(!injectionPossible())('a database whose disk', () => {
  let node: TestNode
  let alice: Access
  let bob: Access

  beforeEach(async () => {
    node = await TestNode.make('valley')
    alice = await node.addUser('alice')
    bob = await node.addUser('bob')
    await node.start()
  })
  afterEach(() => node?.remove())

  const letter = (name: string) => ({ to: bob.address, text: `token ${name}.`, messageId: `<${name}@test>` })
  const arrived = async () =>
    (await lettersOnDisk(node.home, 'bob')).map(text => /token (\w+)\./.exec(text)?.[1] ?? text).sort()

  it.each([
    ['fails', 'EIO', /disk does not work/i],
    ['is full', 'ENOSPC', /disk is full/i],
  ])('%s: no 250, the daemon stays and says why, and goes on when it works again', async (_, error, words) => {
    await sendLetter(alice, letter('before'))
    const mended = await failing(node, writing, error)
    try {
      for (let time = 0; time < 3; time += 1) {
        const said = await sendLetter(alice, letter('during')).then(
          () => 250,
          (error: SmtpError) => error.responseCode,
        )
        expect([421, 451, 452]).toContain(said)
      }
      expect(node.ended).toBeUndefined()
      const log = await readFile(join(node.home, 'log', 'posthorn.log'), 'utf8')
      expect(log).toMatch(words)
    } finally {
      await mended()
    }
    const again = () => sendLetter(alice, letter('during')).then(() => 250, String)
    await expect.poll(again, { timeout: 60_000, interval: 500 }).toBe(250)
    await sendLetter(alice, letter('after'))
    expect(await arrived()).toEqual(['after', 'before', 'during'])
    expect(node.ended).toBeUndefined()
    // What was said to have failed does not come back by a kill.
    await node.end('SIGKILL')
    await node.start()
    expect(await arrived()).toEqual(['after', 'before', 'during'])
  })
})
