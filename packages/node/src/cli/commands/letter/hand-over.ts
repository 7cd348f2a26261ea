/** One letter from standard input to the node. */
import { userInfo } from 'node:os'
import type { LetterSubmitted } from '../../../node/operations/letter-types.ts'
import type { Wished } from '../../../services/intake/index.ts'
import type { CommandContext } from '../../command.ts'
import { withTransferFile } from '../../transfer.ts'
import { chunksOf, LetterFile } from './letter-file.ts'
import { sysexits } from './sysexits.ts'

export interface LetterToHandOver {
  readonly sender: string | null
  readonly fullName: string | null
  readonly recipients: readonly string[]
  readonly fromHeader: boolean
  readonly dotEnds: boolean
  readonly wishes: Wished
}

/** Reads the letter, hands it over, tells what became of it and sets the exit code. */
export async function handOverInput(context: CommandContext, letter: LetterToHandOver): Promise<void> {
  const { dotEnds, ...envelope } = letter
  const submitted = await withTransferFile(context.home, async path => {
    const file = await LetterFile.begin(path, { dotEnds })
    try {
      for await (const chunk of chunksOf(process.stdin, context.signal)) await file.add(chunk)
    } catch (error) {
      await file.close()
      throw error
    }
    await file.end()
    return context.ask('letter.submit', { path, ...envelope, inBatch: false })
  })
  tell(context, submitted)
}

function tell({ json, output }: CommandContext, submitted: LetterSubmitted): void {
  const { messageId, refused } = submitted
  const [first] = refused
  if (json) output.json(submitted)
  for (const { address, text } of refused) output.remark(`posthorn: ${address}: ${text}`)
  if (messageId === null) {
    output.remark(`posthorn: ${first === undefined ? 'No recipient was named, so nothing' : 'Nothing'} was sent.`)
    process.exitCode = first?.exitCode ?? sysexits.usage
  } else if (first !== undefined) {
    output.remark(`posthorn: The letter was sent to the others; ${noticeWords(submitted)}.`)
    if (submitted.report === 'nobody') process.exitCode = first.exitCode
  }
}

/** Whether the sender hears of those refused. */
export function noticeWords({ report }: LetterSubmitted): string {
  switch (report) {
    case 'told':
      return 'its sender gets a notice'
    case 'not-wanted':
      return 'its sender wants no notice'
    case 'no-sender':
      return 'it has no sender who could be told'
    case 'nobody':
    case null:
      return 'its sender could not be told'
  }
}

/** Of whoever runs the command; of no use as proof of anything. */
export function callingUser(): string {
  try {
    return userInfo().username
  } catch {
    return process.env['LOGNAME'] ?? 'nobody'
  }
}
