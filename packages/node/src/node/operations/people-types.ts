/** What is told of people and their addresses: see `types.ts`. */

export interface UserAccess {
  readonly address: string
  readonly password: string
  /** Logs Delta Chat in, as link or QR. */
  readonly dclogin: string
  readonly imap: ServerAccess
  readonly smtp: ServerAccess
  readonly pop3: ServerAccess
}

export interface ServerAccess {
  readonly host: string
  readonly port: number
  readonly security: 'plain' | 'starttls' | 'tls'
}

export interface UserStatus {
  readonly name: string
  readonly address: string
  readonly createdAt: string
  /** By logging in; nobody added them. */
  readonly selfMade: boolean
  /** Looks after the node. */
  readonly admin: boolean
}

export interface UserShown extends UserStatus {
  readonly mail: { readonly bytes: number }
  readonly quota: QuotaShown
  /** Days after which chat messages leave INBOX; null: never. */
  readonly chatRetentionDays: number | null
  /** Whether the node's own account writes to them about their letters. */
  readonly notices: boolean
  readonly forward: { readonly to: readonly string[]; readonly keep: boolean } | null
  /** Addresses beside their own. */
  readonly aliases: readonly string[]
  readonly appPasswords: readonly AppPasswordShown[]
}

/** null: no limit. */
export interface QuotaShown {
  readonly bytes: number | null
  readonly messages: number | null
}

export interface AppPasswordShown {
  readonly label: string
  readonly madeAt: string
  /** ISO 8601; null: never. */
  readonly lastUsedAt: string | null
}

export interface TokenShown {
  readonly user: string
  readonly label: string
  readonly role: 'user' | 'admin'
  readonly madeAt: string
  /** ISO 8601; null: never. */
  readonly usedAt: string | null
}

export interface UserRemoved {
  readonly name: string
  /** Where their mail lies; null: nowhere any more. */
  readonly mail: string | null
  /** Sessions of mail programs that were ended. */
  readonly sessions: number
  /** Aliases that led to them; those without anybody else are gone. */
  readonly aliases: readonly string[]
}

export interface AliasShown {
  readonly address: string
  readonly targets: readonly string[]
}

/** An invite to live here. */
export interface JoinInviteShown {
  readonly id: string
  /** null: who comes chooses. */
  readonly name: string | null
  readonly quotaBytes: number | null
  readonly uses: number
  readonly usesMax: number
  readonly madeAt: string
  /** Of the node's own calendar; 0: today is the last. */
  readonly daysLeft: number
}

export interface JoinInviteMade {
  readonly invite: JoinInviteShown
  /** Shown this once. */
  readonly secret: string
  /** Of the join page; none while the node does not run. */
  readonly links: readonly string[]
}

/** `none`: no limit; `default`: as posthorn.toml says. */
export type LimitParam = number | 'none' | 'default'

export interface PeopleOperationTypes {
  'user.add': { params: { name: string; password?: string; admin?: boolean }; result: UserAccess }
  'user.admin': { params: { name: string; admin: boolean }; result: UserShown }
  'user.list': { params: Readonly<Record<string, never>>; result: readonly UserStatus[] }
  'user.password': { params: { name: string; password?: string }; result: UserAccess }
  'user.show': { params: { name: string }; result: UserShown }
  /** `keepsAdmin`: the last who looks after the node is not removed. */
  'user.remove': { params: { name: string; mail?: 'keep' | 'delete'; keepsAdmin?: boolean }; result: UserRemoved }
  /** What is not named stays. */
  'user.quota': { params: { name: string; bytes?: LimitParam; messages?: LimitParam }; result: UserShown }
  'user.retention': { params: { name: string; days: LimitParam }; result: UserShown }
  'user.set': { params: { name: string; notices: 'on' | 'off' | 'default' }; result: UserShown }
  'user.invite': {
    params: { name?: string; quotaBytes?: number; days: number; uses: number }
    result: JoinInviteMade
  }
  'user.invites': { params: Readonly<Record<string, never>>; result: readonly JoinInviteShown[] }
  'user.uninvite': { params: { id: string }; result: { id: string } }
  /** No address: letters are not sent on any more. */
  'user.forward': { params: { name: string; to: readonly string[]; keep: boolean }; result: UserShown }
  'token.add': {
    params: { label: string; user: string; admin: boolean }
    result: Pick<TokenShown, 'user' | 'label' | 'role'> & { readonly token: string }
  }
  'token.list': { params: { user?: string }; result: readonly TokenShown[] }
  'token.remove': { params: { label: string; user: string }; result: Pick<TokenShown, 'user' | 'label'> }
  'app-password.add': {
    params: { name: string; label: string }
    result: { name: string; label: string; password: string }
  }
  'app-password.list': { params: { name: string }; result: readonly AppPasswordShown[] }
  'app-password.remove': {
    params: { name: string; label: string }
    result: { name: string; label: string; sessions: number }
  }
  'alias.add': {
    params: { address: string; targets: readonly string[] }
    result: AliasShown & { readonly outcome: 'added' | 'replaced' }
  }
  'alias.list': { params: Readonly<Record<string, never>>; result: readonly AliasShown[] }
  'alias.remove': { params: { address: string }; result: { address: string } }
}
