/** Sticks and shared folders, and areas. For who looks after the node. */
import * as v from 'valibot'
import { apiLimits } from '../limits.ts'
import { asks, does } from '../method.ts'
import { count, nothing } from '../values.ts'
import { amount, handedOver, moment, neighbourName, newName, trouble } from './values.ts'

const folderName = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(apiLimits.nodeNameLettersMax))
const folder = v.strictObject({ folder: folderName })

export const folderView = v.object({
  name: v.string(),
  /** On the node's machine. */
  path: v.string(),
  ready: v.boolean(),
  released: v.boolean(),
  lastSync: moment,
})
export type FolderView = v.InferOutput<typeof folderView>

export const syncView = v.object({
  folder: v.string(),
  taken: amount,
  duplicates: count,
  /** Files that are not what they say. */
  bad: count,
  written: amount,
  present: count,
  awaited: count,
  retired: count,
  /** For us, and still there. */
  left: count,
  /** Did not fit. */
  waiting: amount,
  /** For neighbours that are paused. */
  held: amount,
  trouble,
})
export type SyncView = v.InferOutput<typeof syncView>

export const contentsView = v.object({
  folder: v.string(),
  neighbours: v.array(v.object({ name: v.string(), packets: count, bytes: count, arrived: count })),
  more: v.boolean(),
})
export type ContentsView = v.InferOutput<typeof contentsView>

const areaName = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(apiLimits.nodeNameLettersMax))
const subscribing = v.strictObject({ area: areaName, neighbour: neighbourName })

export const areaView = v.object({
  name: v.string(),
  id: v.string(),
  /** Whether its messages can be opened here, or are only passed on. */
  reads: v.boolean(),
  writes: v.boolean(),
  /** Those that its messages go to from here; a name only of neighbours. */
  subscribers: v.array(v.object({ id: v.string(), name: v.nullable(v.string()) })),
})
export type AreaView = v.InferOutput<typeof areaView>

export const roadMethods = {
  'folders.list': asks('admin', {
    about: 'Sticks and shared folders that carry packets.',
    params: nothing,
    result: v.array(folderView),
  }),
  'folders.found': asks('admin', {
    about: 'Media that are plugged in at the node now and are no road yet.',
    params: nothing,
    result: v.array(v.object({ path: v.string(), name: v.string() })),
  }),
  'folders.add': does('admin', {
    about: 'Makes a folder of the node’s machine a road: an absolute path, outside of the node’s home.',
    params: v.strictObject({
      path: v.pipe(v.string(), v.minLength(1), v.maxLength(apiLimits.pathLettersMax)),
      name: v.exactOptional(folderName),
    }),
    result: folderView,
  }),
  'folders.remove': does('admin', {
    about: 'Stops using a folder; nothing in it is touched.',
    params: folder,
    result: v.object({ name: v.string() }),
  }),
  'folders.sync': does('admin', {
    about: 'Takes in what is for this node, puts out what waits; tells how far it is.',
    params: folder,
    result: syncView,
  }),
  'folders.contents': asks('admin', {
    about: 'What of ours lies in a folder, by neighbour.',
    params: folder,
    result: contentsView,
  }),
  'folders.release': does('admin', {
    about: 'Syncs a last time and takes hands off the folder, so that its stick can be pulled out.',
    params: folder,
    result: v.object({ ...syncView.entries, released: v.boolean() }),
  }),
  'areas.list': asks('admin', {
    about: 'Groups of nodes that hear the same messages.',
    params: nothing,
    result: v.array(areaView),
  }),
  'areas.create': does('admin', {
    about: 'Makes a new area, with keys of its own.',
    params: v.strictObject({ area: areaName }),
    result: areaView,
  }),
  'areas.join': does('admin', {
    about: 'Takes part in an area, by the link that somebody gave.',
    params: v.strictObject({ source: handedOver, name: newName }),
    result: v.object({ ...areaView.entries, outcome: v.picklist(['added', 'replaced']) }),
  }),
  'areas.subscribe': does('admin', {
    about: 'Passes messages of an area on to a neighbour.',
    params: subscribing,
    result: areaView,
  }),
  'areas.unsubscribe': does('admin', {
    about: 'Passes messages of an area on to a neighbour no more.',
    params: subscribing,
    result: areaView,
  }),
}
