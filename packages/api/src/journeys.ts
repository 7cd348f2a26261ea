/**
 * Where messages are: of one's own how far each is known to have come, of those that came by which road they did.
 *
 * Nothing here claims more than somebody has seen. What is not known is null, or a state that says so.
 */
import * as v from 'valibot'
import { apiLimits } from './limits.ts'
import { asks, does } from './method.ts'
import { count, id, time } from './values.ts'

const message = v.strictObject({ message: id })
const messages = v.strictObject({
  messages: v.pipe(v.array(id), v.maxLength(apiLimits.briefsMax)),
})

/** The furthest that is known of a message for one of its recipients, or how it ended. */
export const journeyState = v.picklist([
  /** This node has it. */
  'accepted',
  /** It is sealed for its node and waits here to leave. */
  'sealed',
  /** A copy lies on a medium; nobody has said that it was taken from there. It waits here as well. */
  'copied',
  /** The next node on the way has it. */
  'handed',
  /** A relay says that it has passed it on. */
  'passed',
  /** The node of its recipient has it. */
  'arrived',
  /** It is in the recipient's mailbox. */
  'delivered',
  /** An app has asked the mailbox for it. */
  'fetched',
  'read',
  /** Another mail system has taken it. */
  'outside',
  /** Sent on from here, as its recipient wishes. */
  'forwarded',
  'failed',
  'returned',
  'expired',
  'recalled',
])

export const stationKind = v.picklist([...journeyState.options, 'delayed', 'resent'])

/**
 * `name`: of a stick or folder as it is called here, of a bundle its file. Of `network` and `program` an address, which
 * few people want to read; of `other` whatever is known.
 */
export const roadView = v.object({
  kind: v.picklist(['stick', 'folder', 'bundle', 'network', 'program', 'gateway', 'other']),
  name: v.string(),
})

/** A node; `name` as it is called here, null: it is no neighbour. `self`: it is this one. */
export const nodeView = v.object({ id: v.string(), name: v.nullable(v.string()), self: v.boolean() })

/** What waits here to leave for the next node on its way. */
export const waitingView = v.object({
  neighbour: nodeView,
  since: time,
  lastContact: v.nullable(time),
  /** By a schedule; null: by none, so with the next contact. */
  nextCall: v.nullable(time),
  /** Where copies of it lie already. */
  copies: v.array(roadView),
  /** Sticks and folders by which the neighbour was heard before: the next of them takes it along. */
  roads: v.array(roadView),
})

/** In short. A recipient for whom it failed counts as the one for whom it has come least far: that needs somebody. */
export const briefView = v.object({
  message: id,
  /** Recipients of whom something is known; 0: nothing is, see `JourneyView.unknown`. */
  recipients: count,
  /** Of the recipient for whom it has come least far; null: nothing is known. */
  state: v.nullable(journeyState),
  /** How many recipients are in which state. */
  states: v.array(v.object({ state: journeyState, count })),
  /** Since when it is as `state` says, by the clock of whoever saw it; never later than it was heard of here. */
  since: v.nullable(time),
  /** The road that `state` is about: the stick that it lies on, the line that it went over. */
  road: v.nullable(roadView),
  /** The node that `state` is about: who carries it on, who has it. */
  node: v.nullable(nodeView),
  /** What waits here; null: nothing does. */
  waiting: v.nullable(waitingView),
  /** Everybody that it is for lives at this node: there is no road. */
  local: v.boolean(),
  /** Its sender was told that it waits long. */
  delayed: v.boolean(),
  /** Its sender has asked to have it back, and somebody has not answered. */
  recallAsked: v.boolean(),
  canRecall: v.boolean(),
})

export const stationView = v.object({
  kind: stationKind,
  /** By the clock of whoever saw it. */
  at: time,
  /** By this node's clock, when it heard of it. */
  heardAt: time,
  node: nodeView,
  /** Where it lay, or which way it went; of what is known by a confirmation, the way by which that came. */
  road: v.nullable(roadView),
  /**
   * By which it is known:
   * - `own`: this node did it, or saw it;
   * - `line`: the other end of a line said so;
   * - `confirmation`: one came back, by `road`;
   * - `receipt`: its node has signed one;
   * - `relay`: a relay says so, of which nothing is proven;
   * - `app`: the reader's app says so.
   */
  known: v.picklist(['own', 'line', 'confirmation', 'receipt', 'relay', 'app']),
  /** For people: why. */
  reason: v.nullable(v.string()),
})

export const journeyView = v.object({
  message: id,
  /**
   * Why nothing is known when there are no recipients:
   * - `not-here`: not handed in at this node, or not yet: it may have been sent by another device;
   * - `off`: the operator of this node keeps no journeys;
   * - `not-own`: somebody else wrote it.
   */
  unknown: v.nullable(v.picklist(['not-here', 'off', 'not-own'])),
  /** A large file follows a small first message with the text: all that is said here is said of the whole. */
  ahead: v.boolean(),
  recipients: v.array(
    v.object({
      address: v.string(),
      state: journeyState,
      local: v.boolean(),
      /** In the order in which they were heard of here. */
      stations: v.array(stationView),
      waiting: v.array(waitingView),
      recallAsked: v.boolean(),
      canRecall: v.boolean(),
    }),
  ),
  /** There are more recipients than can be shown. */
  more: v.boolean(),
})

/** Of a recipient; each is explained with `letter.recall` in the reference of the node. */
export const recallState = v.picklist([
  'taken-back',
  'asked',
  'recalled',
  'too-late',
  'refused',
  'not-asked',
  'here',
  'outside',
  'ended',
])

export const recallView = v.object({
  /** As in `JourneyView`: the first message is not taken back. */
  ahead: v.boolean(),
  recipients: v.array(
    v.object({
      address: v.string(),
      state: recallState,
      node: v.nullable(nodeView),
      /** Where copies lay when it was taken back. */
      copies: v.array(roadView),
    }),
  ),
})

export const arrivalView = v.object({
  message: id,
  /** By the clock of its sender. */
  sentAt: time,
  /** By this node's clock, when it came into the mailbox; null: not known. */
  arrivedAt: v.nullable(time),
  /** It came much later than it was sent, as far as their clocks agree. */
  late: v.boolean(),
  /**
   * - `road`: by `road`, from the neighbour `from`;
   * - `here`: written at this node;
   * - `unknown`: it came before such notes were kept, they were forgotten since, or it came another way.
   */
  way: v.picklist(['road', 'here', 'unknown']),
  road: v.nullable(roadView),
  from: v.nullable(nodeView),
})

export const journeyMethods = {
  'journeys.brief': asks('user', {
    about: 'How far one’s own messages are known to have come, in short; of others’ messages nothing is answered.',
    params: messages,
    result: v.array(briefView),
  }),
  'journeys.show': asks('user', {
    about: 'The journey of one’s own message to each of its recipients.',
    params: message,
    result: journeyView,
  }),
  'journeys.recall': does('user', {
    about: 'Takes one’s own message back where it has not arrived, and says what became of that for each recipient.',
    params: message,
    result: recallView,
  }),
  'arrivals.show': asks('user', {
    about: 'When and by which road messages of others came here; of one’s own nothing is answered.',
    params: messages,
    result: v.array(arrivalView),
  }),
}

export const journeyEvents = {
  /** More is known of these; those that nobody has asked for since the start of the node are left out. */
  'journeys.changed': v.object({ messages: v.array(id) }),
}

export type JourneyState = v.InferOutput<typeof journeyState>
export type RoadView = v.InferOutput<typeof roadView>
export type NodeView = v.InferOutput<typeof nodeView>
export type WaitingView = v.InferOutput<typeof waitingView>
export type BriefView = v.InferOutput<typeof briefView>
export type StationView = v.InferOutput<typeof stationView>
export type JourneyView = v.InferOutput<typeof journeyView>
export type RecallState = v.InferOutput<typeof recallState>
export type RecallView = v.InferOutput<typeof recallView>
export type ArrivalView = v.InferOutput<typeof arrivalView>
