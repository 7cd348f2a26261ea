/**
 * `npm run demo`: the whole story in under a minute, on real programs. Two nodes, a folder that stands for a USB stick,
 * and two Delta Chat cores that never have a network between them.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Person } from '../support/chat.ts'
import { coreBinary, DeltaChat } from '../support/deltachat.ts'
import { introduce, TestNode } from '../support/node.ts'
import { makeStick, type SyncReport, sync } from '../support/stick.ts'

const started = Date.now()

function tell(line: string): void {
  process.stdout.write(`${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s  ${line}\n`)
}

function carried(node: string, report: SyncReport): void {
  const { taken, written } = report
  if (taken.packets + written.packets === 0) return
  tell(`    stick at ${node}: ${taken.packets} in, ${written.packets} out (${taken.bytes + written.bytes} bytes)`)
}

async function login(node: TestNode, name: string, folder: string): Promise<Person> {
  const { address, dclogin } = await node.addUser(name)
  const core = DeltaChat.start(join(folder, name))
  const person = new Person(core, await core.login(dclogin, name))
  tell(`${name} is logged in with Delta Chat as ${address}`)
  return person
}

async function story(folder: string, ends: (() => Promise<unknown>)[]): Promise<void> {
  const stick = await makeStick()
  const [valley, ridge] = await Promise.all([TestNode.make('valley'), TestNode.make('ridge')])
  ends.push(
    () => stick.remove(),
    () => valley.remove(),
    () => ridge.remove(),
  )
  tell('two nodes are made: valley and ridge')
  await introduce(valley, ridge)
  tell('their cards are exchanged')
  await Promise.all([valley.start(), ridge.start()])
  const alice = await login(valley, 'alice', folder)
  ends.push(() => alice.core.stop())
  const bob = await login(ridge, 'bob', folder)
  ends.push(() => bob.core.stop())

  const carry = async (until: Promise<unknown>) => {
    let arrived = false
    const watched = until.then(() => {
      arrived = true
    })
    while (!arrived) {
      carried('valley', await sync(valley, stick.path))
      carried('ridge', await sync(ridge, stick.path))
    }
    await watched
  }

  tell('bob scans the invitation of alice; from here on only the stick travels between the nodes')
  const chat = await bob.scan(await alice.invite())
  await carry(bob.event('SecurejoinJoinerProgress', fields => fields['progress'] === 1000))
  tell('alice and bob have verified each other')

  await bob.sendText(chat, 'Hello from the ridge. The bridge is out.')
  const heard = alice.incoming(message => message.text.startsWith('Hello'))
  await carry(heard)
  tell(`alice reads: “${(await heard).text}”`)
  await alice.send((await heard).chatId, { text: 'Understood. Stay there.', quotedMessageId: (await heard).id })
  const answer = bob.incoming(message => message.text.startsWith('Understood'))
  await carry(answer)
  tell(`bob reads: “${(await answer).text}”, in reply to “${(await answer).quote?.text}”`)
  tell('done: every message arrived once, sealed end to end and again for the node')
}

const folder = await mkdtemp(join(tmpdir(), 'posthorn-demo-'))
const ends: (() => Promise<unknown>)[] = []
if (coreBinary('2.57') === undefined) {
  process.stdout.write('The demo needs a Delta Chat core, which is not there for this platform.\n')
  process.exitCode = 1
} else {
  try {
    await story(folder, ends)
  } finally {
    for (const end of ends.reverse()) await end()
    await rm(folder, { recursive: true, force: true })
  }
}
