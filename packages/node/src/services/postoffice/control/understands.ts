import { givesReceipts } from '../../../stores/directory/card.ts'
import type { Neighbour } from '../../../stores/directory/directory.ts'

/** Whether a neighbour understands control packets, and so gives receipts for letters. */
export function understandsControl({ posthorn, card }: Neighbour): boolean {
  return posthorn && card !== null && givesReceipts(card)
}
