/** Letters that programs of this machine hand over: see `types.ts`. */
import type { HandedOver, Refused, Wished } from '../../services/intake/index.ts'

export type LetterSubmitted = HandedOver

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
      readonly wishes: Wished
      /** Nobody hears what becomes of it. */
      readonly inBatch: boolean
    }
    readonly result: LetterSubmitted
  }
}
