/** People's mail as a whole: what can be asked, and the answers. */
import type { ArchiveFormat, ArchiveTaken, FolderPut } from '../../services/mail-archive/index.ts'

export interface MailImported extends ArchiveTaken {
  readonly user: string
  readonly source: string
  readonly format: ArchiveFormat
}

export interface MailExported {
  readonly user: string
  readonly target: string
  readonly format: 'mbox' | 'maildir'
  readonly folders: readonly FolderPut[]
}

export interface MailRebuilt {
  readonly user: string
  readonly folders: readonly { readonly name: string; readonly messages: number; readonly uidValidity: number }[]
}

export interface MailOperationTypes {
  /** `path`: absolute, read by the node. `folder`: where the main folder of the source goes, and its others below. */
  'mail.import': {
    params: { user: string; path: string; folder?: string; format?: ArchiveFormat }
    result: MailImported
  }
  /** `path`: absolute, written by the node. */
  'mail.export': {
    params: { user: string; path: string; folder?: string; format: 'mbox' | 'maildir' }
    result: MailExported
  }
  /** Of one person, or of all. */
  'mail.rebuild': { params: { user?: string }; result: readonly MailRebuilt[] }
}
