/** Everything that the disk should still have, looked at. */
import { messageOf, OperatingError } from '../../base/errors.ts'
import type { ServedNode } from '../served.ts'
import { repairShown } from './repair-words.ts'
import type { AskedShown, DatabaseChecked, MailChecked } from './spool-types.ts'
import type { OperationContext, ParamsOf, ResultOf } from './types.ts'

/** Database, mail, spool: what is damaged in the first makes the others not worth reading. */
export async function checkAll(
  node: ServedNode,
  { anyway = false }: ParamsOf<'spool.check'>,
  { signal, progress }: OperationContext,
): Promise<ResultOf<'spool.check'>> {
  progress({ phase: 'reading the database', packets: 0, bytes: 0, bytesTotal: null })
  const database = await checkDatabase(node, signal)
  if (database.problems.length > 0) {
    const mail = { people: 0, messages: 0, problems: [] }
    return { database, mail, asked: [], packets: 0, bytes: 0, unreadable: 0, damaged: [] }
  }
  const mail = await checkMail(node, signal)
  const onProgress = (step: { packets: number; bytes: number; bytesTotal: number }) =>
    progress({ phase: 'reading', ...step })
  const spool = await node.postOffice.check({ signal, bytesPerSecondMax: null, anyway, onProgress })
  return { database, mail, ...spool, asked: await askedFor(node) }
}

const listedMax = 1000

async function askedFor({ spool, directory }: ServedNode): Promise<readonly AskedShown[]> {
  const names = new Map((await directory.neighbours.list()).map(({ identity, name }) => [identity.id, name]))
  const packets = await spool.asked.list(listedMax)
  return packets.map(({ id, sender, handedBy, sizeBytes, at, asked, gone }) => {
    const isGone = [sender, handedBy].every(node => gone.includes(node))
    const from = names.get(sender) ?? sender
    const state = isGone ? 'gone' : asked ? 'asked' : 'waiting'
    return { id, from, sizeBytes, since: new Date(at).toISOString(), state }
  })
}

async function checkDatabase({ upkeep }: ServedNode, signal: AbortSignal): Promise<DatabaseChecked> {
  const { problems } = await upkeep.check(Date.now(), signal)
  const at = await upkeep.snapshotAt()
  const repair = problems.length > 0 ? null : upkeep.lastRepair()
  return {
    problems,
    snapshot: at === null ? null : new Date(at).toISOString(),
    repair: repair === null ? null : repairShown(repair),
  }
}

/** Looking at a folder brings its index into agreement with its Maildir. */
async function checkMail(node: ServedNode, signal: AbortSignal): Promise<MailChecked> {
  const users = await node.directory.users.list()
  const problems: MailChecked['problems'][number][] = []
  let messages = 0
  for (const { name } of users) {
    signal.throwIfAborted()
    try {
      const account = node.mailbox.account(name, `${name}@${node.domain}`)
      for (const folder of await account.folders()) {
        const status = await account.status(folder.name)
        if ('refused' in status) problems.push({ user: name, reason: status.text })
        else messages += status.messages
      }
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error
      problems.push({ user: name, reason: messageOf(error) })
    }
  }
  return { people: users.length, messages, problems }
}
