/** Letters that programs of this machine hand over: see `types.ts`. */
import type { Refused } from '../../services/intake/index.ts'

export interface LetterSubmitted {
  /** Null when no recipient could be accepted; nothing was sent then. */
  readonly messageId: string | null
  readonly accepted: readonly string[]
  readonly refused: readonly Refused[]
}

export interface LetterOperationTypes {
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
    }
    readonly result: LetterSubmitted
  }
}
