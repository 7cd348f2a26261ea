/** A stock NNCP node whose handles are `posthorn sendmail` and `posthorn rsmtp`. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inboxLetters } from '../support/mail.ts'
import { type Access, program, TestNode } from '../support/node.ts'
import { introduce, makeNncpNodes, type NncpNode, nncp, nncpInstalled } from './nncp.ts'

describe.skipIf(!nncpInstalled)('handles of a stock node', () => {
  let folder: string
  let camp: TestNode
  let alice: Access
  let far: NncpNode
  let near: NncpNode

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-handles-'))
    camp = await TestNode.make('camp')
    alice = await camp.addUser('alice')
    await camp.start()
    const nodes = await makeNncpNodes(folder, ['far', 'near'])
    ;[far, near] = nodes as [NncpNode, NncpNode]
    const posthorn = (command: string) => [process.execPath, program, command, '--home', camp.home]
    const exec = { sendmail: [...posthorn('sendmail'), '-i', '--'], rsmtp: [...posthorn('rsmtp'), '--'] }
    await introduce(near, { far: { identity: far.identity, exec } })
  })

  afterAll(async () => {
    await camp?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  const carried = async (args: readonly string[], input: string) => {
    await nncp(far, 'exec', ['-quiet', 'near', ...args], { input })
    await mkdir(join(folder, 'stick'), { recursive: true })
    await nncp(far, 'xfer', ['-quiet', '-mkdir', join(folder, 'stick')])
    await nncp(near, 'xfer', ['-quiet', join(folder, 'stick')])
    await nncp(near, 'toss', ['-quiet'])
    return (await inboxLetters(alice)).map(({ text }) => text)
  }

  it('are mail for the people of a Posthorn node', async () => {
    const input = 'Return-Path: <ann@far.example>\nSubject: by handle\n\nhello\n.\nagain\n'
    const [letter] = await carried(['sendmail', alice.address], input)
    expect(letter).toMatch(/^Return-Path: <ann@far\.example>\r\n/)
    expect(letter).toContain('Subject: by handle\r\n\r\nhello\r\n.\r\nagain\r\n')
  })

  it('are batches of mail', async () => {
    const one = (number: number) =>
      `MAIL FROM:<ann@far.example>\nRCPT TO:<${alice.address}>\nDATA\nSubject: ${number} of a batch\n\nx\n.\n`
    const letters = await carried(['rsmtp'], `${one(1)}${one(2)}QUIT\n`)
    expect(letters.filter(text => text.includes('of a batch'))).toHaveLength(2)
  })
})
