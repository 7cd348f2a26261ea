import { ApiFailure, wordsOf } from '../api/index.ts'
import { toast } from '../ui/index.ts'
import { say } from './words.ts'

/** What went wrong, in the reader's language where it is something that people often meet. */
export function faultOf(error: unknown): string {
  switch (error instanceof ApiFailure ? error.code : '') {
    case 'bad-name':
      return say('badName')
    case 'name-taken':
      return say('nameTaken')
    case 'bad-password':
      return say('badPassword')
    case 'wrong-password':
      return say('wrongPassword')
    default:
      return wordsOf(error)
  }
}

export function tellFault(error: unknown): void {
  toast({ text: faultOf(error), tone: 'danger' })
}
