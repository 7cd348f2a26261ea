/** What pairing says to people. */
import type { Paired } from '../../../node/operations/types.ts'

export function pairedWords({ name, domain, id, outcome }: Paired): string {
  const verb = outcome === 'added' ? 'is now a neighbour' : 'was a neighbour; its card is renewed'
  return `${name} ${verb}. Write to …@${domain}\nIts id is ${id}; it is the one that the other side sees as its own.`
}
