/** A node as operations see it: put together, and perhaps serving. */
import type { TcpAddress } from '../links/tcp/address.ts'
import type { Credentials } from '../services/mail-server/index.ts'
import type { Node } from './assemble.ts'
import type { ServedAccount } from './node-account.ts'
import type { Openness } from './openness.ts'
import type { ListenerStatus } from './operations/types.ts'
import type { Ports } from './ports.ts'
import type { Renewal } from './renewal.ts'

export interface Reach {
  readonly ports: Ports
  /** The address for apps on other machines, when mail is open to the local network. */
  readonly lanHost: string | null
}

export interface ServedNode extends Node {
  /** Empty when the node is not running. */
  readonly listeners: Readonly<Record<string, ListenerStatus>> & { readonly nncp?: TcpAddress }
  readonly running: boolean
  /** Null where the node does not run, or has no account of its own. */
  readonly chat: ServedAccount | null
  readonly openness: Openness
  readonly renewal: Renewal
  /** Where apps reach this node now, or would if it ran. */
  reach(): Promise<Reach>
  /** Ends sessions of mail programs and browsers that logged in with what is not valid any more; answers how many. */
  endLogins(user: string, credentials: Credentials, reason: string): Promise<number>
}

export interface RunningNode extends ServedNode {
  /** What the first person opens to set the node up; null where somebody lives here. */
  readonly setUpLink: () => string | null
  readonly webUrl: () => string
}
