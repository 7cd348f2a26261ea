/** Mail moving in and out as a whole, and the index of what is there. */
import { OperatingError } from '../../base/errors.ts'
import { KeyedTurns } from '../../base/keyed-turns.ts'
import { openArchive, putArchive, takeArchive } from '../../services/mail-archive/index.ts'
import type { ServedNode } from '../served.ts'
import type { MailExported, MailImported, MailRebuilt } from './mail-types.ts'
import type { OperationContext, ParamsOf, Progress } from './types.ts'

/** Two imports of the same at once would not see each other's letters. */
const importing = new KeyedTurns()
/** How many messages pass between two steps of the progress. */
const progressMessages = 100

export async function importMail(
  node: ServedNode,
  params: ParamsOf<'mail.import'>,
  { signal, progress }: OperationContext,
): Promise<MailImported> {
  const { user, path } = params
  await checkUser(node, user)
  const { format, folders } = await openArchive(path, params.format)
  const sizes = folders.map(({ sizeBytes }) => sizeBytes)
  const bytesTotal = sizes.includes(null) ? null : sizes.reduce((sum: number, size) => sum + (size ?? 0), 0)
  const onProgress = told(progress, 'importing')
  const taken = await importing.run(user, () =>
    takeArchive({
      ...{ mailbox: node.mailbox, account: accountOf(node, user), user, folders, signal },
      into: folderIn(params.folder),
      messageBytesMax: node.config.limits.message_bytes_max,
      onProgress: done => onProgress({ ...done, bytesTotal }),
    }),
  )
  return { user, source: path, format, ...taken }
}

export async function exportMail(
  node: ServedNode,
  params: ParamsOf<'mail.export'>,
  { signal, progress }: OperationContext,
): Promise<MailExported> {
  const { user, path: target, format } = params
  await checkUser(node, user)
  const account = accountOf(node, user)
  const onProgress = told(progress, 'exporting')
  const folders = await putArchive({ account, folder: folderIn(params.folder), format, target, signal, onProgress })
  return { user, target, format, folders }
}

export async function rebuildMail(
  node: ServedNode,
  params: ParamsOf<'mail.rebuild'>,
  { signal, progress }: OperationContext,
): Promise<readonly MailRebuilt[]> {
  const { user } = params
  if (user !== undefined) await checkUser(node, user)
  const names = user === undefined ? (await node.directory.users.list()).map(({ name }) => name) : [user]
  const rebuilt: MailRebuilt[] = []
  for (const name of names) {
    signal.throwIfAborted()
    await node.mailbox.rebuild(name)
    const account = accountOf(node, name)
    const folders: MailRebuilt['folders'][number][] = []
    for (const folder of await account.folders()) {
      const status = await account.status(folder.name)
      if (!('refused' in status)) folders.push(status)
    }
    rebuilt.push({
      user: name,
      folders: folders.map(({ name: folder, messages, uidValidity }) => ({ name: folder, messages, uidValidity })),
    })
    const messages = rebuilt.flatMap(one => one.folders).reduce((sum, folder) => sum + folder.messages, 0)
    progress({ phase: 'rebuilding', packets: messages, unit: 'messages', bytes: 0, bytesTotal: null })
  }
  return rebuilt
}

function told(progress: (step: Progress) => void, phase: string) {
  let last = 0
  return ({ letters, bytes, bytesTotal }: { letters: number; bytes: number; bytesTotal: number | null }) => {
    if (letters - last < progressMessages) return
    last = letters
    progress({ phase, packets: letters, unit: 'messages', bytes, bytesTotal })
  }
}

function accountOf(node: ServedNode, user: string) {
  return node.mailbox.account(user, `${user}@${node.domain}`)
}

function folderIn(name: string | undefined): string | null {
  if (name === undefined) return null
  return name.toUpperCase() === 'INBOX' ? 'INBOX' : name
}

async function checkUser(node: ServedNode, name: string): Promise<void> {
  if ((await node.directory.users.get(name)) !== undefined) return
  const message = `There is no user ${name} here. \`posthorn user list\` shows who there is.`
  throw new OperatingError(message, { code: 'unknown-user', retry: 'never' })
}
