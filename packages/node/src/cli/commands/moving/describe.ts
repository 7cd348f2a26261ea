/** What moving came to, in words. */
import type { MovingNote, NncpSpoolPut, NncpSpoolTaken } from '../../../node/operations/moving-types.ts'
import { amount } from '../../exchanges.ts'
import type { ImportOutcome } from './import.ts'

export function describeImport(outcome: ImportOutcome, moved: boolean): string {
  const { home, node, neighbours, areas, spool, notes } = outcome
  const preview = outcome.outcome === 'preview'
  const added = neighbours.filter(neighbour => neighbour.outcome === 'added')
  const head = {
    made: `The node ${node.name} lives in ${home} now.`,
    joined: `The node ${node.name} lives in ${home}.`,
    preview: `This would be done in ${home}; nothing was:`,
  }[outcome.outcome]
  return [
    head,
    `  id         ${node.id}`,
    ...(node.domain === null ? [] : [`  domain     ${node.domain}`]),
    `  neighbours ${added.length} ${preview ? 'would be added' : 'added'}, ` +
      `${neighbours.length - added.length} known before`,
    ...neighbours.map(({ name, was, addresses, handles }) => {
      const renamed = was === name ? '' : ` (was ${was})`
      const programs = handles.length === 0 ? '' : `, may call ${handles.join(', ')}`
      return `    ${name}${renamed}${addresses.length === 0 ? '' : `: ${addresses.join(', ')}`}${programs}`
    }),
    ...describeAreas(areas, preview),
    ...(spool === null ? [] : describeTaken(spool, spool.path)),
    ...describeNotes('Not taken over, or done in another way here:', notes),
    ...(preview ? [] : advice(outcome, moved)),
  ].join('\n')
}

function describeAreas(areas: ImportOutcome['areas'], preview: boolean): string[] {
  if (areas.length === 0) return []
  const added = areas.filter(({ outcome }) => outcome === 'added').length
  return [
    `  areas      ${added} ${preview ? 'would be added' : 'added'}, ${areas.length - added} known before`,
    ...areas.map(({ name, was, subscribers }) => {
      return `    ${name}${was === name ? '' : ` (was ${was})`}, passed on to ${subscribers.length}`
    }),
  ]
}

function describeTaken(taken: NncpSpoolTaken, path: string): string[] {
  const { outgoing, incoming, begun, seen, heard, present, bad, left } = taken
  return [
    `  spool      ${path}`,
    `    to send        ${amount(outgoing)}`,
    `    to open        ${amount(incoming)}`,
    ...(begun.packets > 0 ? [`    begun          ${amount(begun)}`] : []),
    ...(seen > 0 ? [`    dealt with     ${seen} remembered`] : []),
    ...(heard > 0 ? [`    of areas       ${heard} messages remembered`] : []),
    ...(present > 0 ? [`    here already   ${present}`] : []),
    ...leftLines(left),
    ...bad.map(({ name, reason }) => `    bad            ${name}: ${reason}`),
  ]
}

const leftWords = {
  unknownNeighbour: 'lie with nodes that are no neighbours',
  unknownSender: 'are from nodes that are no neighbours',
  ownPacket: 'are from this node to itself: run `nncp-toss -node self` before',
  noUsers: 'came in, and nobody has a mailbox here: posthorn user add NAME, then run this again',
  tooLarge: 'are larger than this node takes (limits.packet_bytes_max)',
} as const

function leftLines(left: NncpSpoolTaken['left']): string[] {
  const reasons = Object.keys(leftWords) as (keyof typeof leftWords)[]
  return reasons.flatMap(reason =>
    left[reason] > 0 ? [`    left there     ${left[reason]} ${leftWords[reason]}`] : [],
  )
}

export function describePut({ outgoing, incoming, seen, present }: NncpSpoolPut, path: string): string[] {
  return [
    `${path} holds now what waits here:`,
    `  to send      ${amount(outgoing)}`,
    `  to open      ${amount(incoming)}`,
    ...(seen > 0 ? [`  dealt with   ${seen} remembered, for nncp-toss -seen`] : []),
    ...(present > 0 ? [`  there before ${present}`] : []),
  ]
}

/** What has one reason stands together. */
export function describeNotes(head: string, notes: readonly MovingNote[]): string[] {
  const places = new Map<string, string[]>()
  for (const { what, why } of notes) places.set(why, [...(places.get(why) ?? []), what])
  const lines = [...places].map(([why, whats]) => `  ${whats.join(', ')}: ${why}`)
  return lines.length === 0 ? [] : [head, ...lines]
}

function advice({ home, outcome, spool }: ImportOutcome, moved: boolean): string[] {
  return [
    ...(outcome === 'made'
      ? ['Its keys are in keys.json there: keep a copy in a safe place, nobody can replace them.']
      : []),
    `NNCP must not run with these keys any more${moved ? '' : ' (its spool is as it was)'}: ` +
      'each would miss what the other gets.',
    ...(spool !== null && spool.left.noUsers > 0
      ? ['Before you take over what came in: mail for a domain of your own needs `domains` in posthorn.toml.']
      : []),
    `Give people mailboxes with \`posthorn user add\`, then: posthorn start --home ${home}`,
  ]
}
