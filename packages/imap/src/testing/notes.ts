/** For tests only: an account in memory whose folders have notes. */
import type { FolderNotes, MailAccount } from '../mailbox.ts'

/** @param notes of every folder. */
export function withNotes(account: MailAccount, notes: FolderNotes): MailAccount {
  return new Proxy(account, {
    get(target, name, receiver) {
      if (name !== 'open') return Reflect.get(target, name, receiver)
      return async (folder: string) => {
        const opened = await target.open(folder)
        return 'refused' in opened ? opened : { ...opened, notes }
      }
    },
  })
}
