/** The network as everybody here may see it: names, no addresses and no keys; and what moves in it now. */
import * as v from 'valibot'
import { asks } from '../method.ts'
import { count, isoTime, nothing } from '../values.ts'
import { amount, moment } from './values.ts'

/**
 * - `connected`: a line with it is open;
 * - `near`: it was heard in the local network, or a folder that leads to it is there now;
 * - `quiet`: nothing of the kind, but it was in touch within a week, or was only just added;
 * - `silent`: it has not been in touch for longer;
 * - `paused`: somebody said that nothing is to go to it.
 */
export const neighbourState = v.picklist(['connected', 'near', 'quiet', 'silent', 'paused'])
export type NeighbourState = v.InferOutput<typeof neighbourState>

export const neighbourSeen = v.object({
  name: v.string(),
  state: neighbourState,
  lastContact: moment,
  /** Waits here for it. */
  queued: amount,
  /** It has so much for us, as it says on the line; null: there is no line. */
  coming: v.nullable(amount),
  /** Letters from there that are on their way, as the newest that came tells. */
  lettersComing: count,
  /** By a schedule; null: there is none, so whenever there is a road. */
  nextContact: moment,
  /** Relays on the way to it, the nearest first. */
  via: v.array(v.string()),
  /** Sticks and folders by which it was heard. */
  folders: v.array(v.string()),
  /** Whether it can be called: some road for lines is known. */
  callable: v.boolean(),
})
export type NeighbourSeen = v.InferOutput<typeof neighbourSeen>

export const folderSeen = v.object({
  name: v.string(),
  /** The medium is there now. */
  ready: v.boolean(),
  /** It can be pulled out. */
  released: v.boolean(),
  lastSync: moment,
})
export type FolderSeen = v.InferOutput<typeof folderSeen>

export const networkView = v.object({
  node: v.object({ name: v.string() }),
  /** By the node's clock: times are to be compared with it. */
  now: isoTime,
  neighbours: v.array(neighbourSeen),
  folders: v.array(folderSeen),
  /** Nothing is taken in: there is no room on the disk. */
  diskFull: v.boolean(),
})
export type NetworkView = v.InferOutput<typeof networkView>

/** One direction, since it began to move last. */
export const flowView = v.object({
  packets: count,
  bytes: count,
  bytesPerSecond: count,
  /** Known to be still to come; null: not known. */
  left: v.nullable(amount),
})
export type FlowView = v.InferOutput<typeof flowView>

export const moveView = v.object({
  kind: v.picklist(['line', 'folder', 'bundle']),
  /** Null: it is with many, as on a stick. */
  neighbour: v.nullable(v.string()),
  /** Of a folder or bundle its name; null: a line. */
  road: v.nullable(v.string()),
  /** A line stays open when nothing moves. */
  active: v.boolean(),
  sending: flowView,
  receiving: flowView,
})
export type MoveView = v.InferOutput<typeof moveView>

export const movesView = v.object({ moves: v.array(moveView) })

export const pictureMethods = {
  'network.show': asks('user', {
    about: 'This node and its neighbours: who is near, what waits, and when the next contact is expected.',
    params: nothing,
    result: networkView,
  }),
  'network.moves': asks('user', {
    about: 'Lines that are open, and what moves now by lines, folders and bundles.',
    params: nothing,
    result: movesView,
  }),
}

export const networkEvents = {
  /** Something of what `network.show` answers has changed. */
  'network.changed': v.object({}),
  /** What `network.moves` would answer now; told at most twice a second, and once when all is still again. */
  'network.moved': movesView,
}
