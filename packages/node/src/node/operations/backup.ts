/** What a backup needs of the node: a snapshot of its database, and that nothing goes that the snapshot names. */
import { abortError } from '../../base/clock.ts'
import type { ServedNode } from '../served.ts'
import type { OperationContext, ParamsOf, ResultOf } from './types.ts'

/** @throws OperatingError `maildir-missing` when somebody's mail is on a disk that is away: it would be left out. */
export async function holdForBackup(
  node: ServedNode,
  { database }: ParamsOf<'backup.hold'>,
  { signal, progress }: OperationContext,
): Promise<ResultOf<'backup.hold'>> {
  for (const { name } of await node.directory.users.list()) await node.mailbox.create(name)
  const letGo = [node.spool.keepFiles(), node.queue.keepFiles()]
  try {
    await node.snapshot(database, { signal })
    progress({ phase: 'held', packets: 0, bytes: 0, bytesTotal: null })
    return await new Promise((_, reject) => {
      if (signal.aborted) reject(abortError(signal))
      signal.addEventListener('abort', () => reject(abortError(signal)), { once: true })
    })
  } finally {
    for (const end of letGo) await end()
  }
}
