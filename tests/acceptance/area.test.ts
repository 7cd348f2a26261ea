/** An area between two nodes, as two people set it up on the command line. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lettersOnDisk } from '../support/mail.ts'
import { introduce, posthorn, TestNode } from '../support/node.ts'
import { makeStick, sync } from '../support/stick.ts'

let folder: string
let stick: Awaited<ReturnType<typeof makeStick>>
let valley: TestNode
let ridge: TestNode

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posthorn-area-'))
  stick = await makeStick()
  valley = await TestNode.make('valley')
  ridge = await TestNode.make('ridge')
  await introduce(valley, ridge)
})

afterEach(async () => {
  await valley.remove()
  await ridge.remove()
  await stick.remove()
  await rm(folder, { recursive: true, force: true })
})

it('is made, joined by its file, written to and read; its secret stands on no command line', async () => {
  const bob = await ridge.addUser('bob')
  await valley.run(['area', 'create', 'news'])
  const shown = await posthorn(['area', 'show', 'news', '--secret', '--home', valley.home])
  expect(shown.stderr).toContain('Whoever has this secret reads everything')
  const link = /posthorn-area:\S+/.exec(shown.stdout)?.[0] ?? expect.unreachable()
  const refused = await posthorn(['area', 'join', link, '--home', ridge.home])
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('can see what stands on command lines') })
  expect(refused.stderr + refused.stdout).not.toContain(link.slice(20, 40))
  expect(await ridge.run(['area', 'list'])).toEqual([])

  const file = join(folder, 'news.txt')
  await writeFile(file, shown.stdout)
  expect(await ridge.run(['area', 'join', file])).toMatchObject({ name: 'news', reads: true })
  await valley.run(['area', 'subscribe', 'news', 'ridge'])
  const letter = 'Message-ID: <first@test>\nSubject: first\n\nTo everybody.\n'
  await valley.run(['exec', 'area:news', 'sendmail', bob.address], letter)
  for (const node of [valley, ridge, valley, ridge]) expect(await sync(node, stick.path)).toMatchObject({ bad: [] })
  expect(await lettersOnDisk(ridge.home, 'bob')).toEqual([expect.stringContaining('To everybody.')])
})

it('answers misuse with words and 2', async () => {
  for (const args of [['area'], ['area', 'subscribe', 'news'], ['exec', 'area:news', 'x', '--nice', 'soon']]) {
    expect((await posthorn([...args, '--home', valley.home])).code).toBe(2)
  }
})
