/** Letters that programs of this machine hand over: see `types.ts`. */
import type { HandedOver, Refused, Wished } from '../../services/intake/index.ts'

export type LetterSubmitted = HandedOver

/**
 * What is known of a recipient for whom a letter was to be taken back:
 * - `taken-back`: it never left here;
 * - `asked`: what goes after it is on its way, and no answer has come;
 * - `recalled`: its node says that it does not deliver it;
 * - `too-late`: its node says that it had taken it in before;
 * - `refused`: its node says that it remembers too much that was taken back;
 * - `not-asked`: its node would not understand; what has left may still arrive;
 * - `here`: it is in a mailbox of this node;
 * - `outside`: another mail system has it, is just taking it, or may have taken it when this node ended;
 * - `ended`: it failed, or was given up, before.
 */
export type RecallState =
  | 'taken-back'
  | 'asked'
  | 'recalled'
  | 'too-late'
  | 'refused'
  | 'not-asked'
  | 'here'
  | 'outside'
  | 'ended'

export interface RecallStatus {
  readonly recipient: string
  readonly state: RecallState
  /** The node that it is for; null where none is known. */
  readonly node: RecallNode | null
  /** Media on which a copy lay. */
  readonly copies: readonly string[]
  /** Relays that were asked, and what they said: `dropped`, `awaited`, `gone-on`, `late`, `full`; null: nothing yet. */
  readonly relays: readonly (RecallNode & { readonly answer: string | null })[]
  /** ISO 8601. */
  readonly answeredAt: string | null
}

export interface RecallNode {
  readonly id: string
  /** Null when it is no neighbour any more. */
  readonly name: string | null
}

export interface LetterOperationTypes {
  'letter.recall': {
    readonly params: {
      readonly messageId: string
      /** Only a letter of this one. */
      readonly sender?: string
      /** Only for these; not given: for all. */
      readonly recipients?: readonly string[]
    }
    readonly result: { readonly messageId: string; readonly recipients: readonly RecallStatus[] }
  }
  'letter.resend': {
    readonly params: {
      /** A neighbour's name or id. */
      readonly neighbour: string
      /** Only this one; not given: all without receipt. */
      readonly messageId?: string
    }
    readonly result: {
      /** Its name. */
      readonly neighbour: string
      readonly letters: number
      /** Left alone, since a packet of it waits here: it is on its way already. */
      readonly waiting: number
      /** Their bytes are not kept any more, or no relay on the way is known. */
      readonly impossible: number
    }
  }
  'letter.judge': {
    readonly params: { readonly address: string }
    readonly result: { readonly refused: Refused | null }
  }
  'letter.submit': {
    readonly params: {
      /** A file with CRLF line ends. */
      readonly path: string
      /** Empty for nobody; null: whoever the letter itself names. */
      readonly sender: string | null
      readonly fullName: string | null
      readonly recipients: readonly string[]
      readonly fromHeader: boolean
      readonly wishes: Wished
      /** Nobody hears what becomes of it. */
      readonly inBatch: boolean
    }
    readonly result: LetterSubmitted
  }
}
