import { Command } from 'commander'
import type { ResultOf } from '../../../node/operations/types.ts'
import { type CommonOptions, exitCodes, runCommand, withCommonOptions } from '../../command.ts'

export function resendCommand(): Command {
  return withCommonOptions(new Command('resend'))
    .description('send letters that have no receipt again: the stick or the relay that had them is lost')
    .argument('<neighbour>', 'whom they are for: its name or id')
    .argument('[message-id]', 'only this letter, as its header has it')
    .action((neighbour: string, messageId: string | undefined, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const resent = await ask('letter.resend', { neighbour, ...(messageId !== undefined && { messageId }) })
        if (json) output.json(resent)
        else output.say(describe(resent))
        if (resent.impossible > 0) process.exitCode = exitCodes.failed
      }),
    )
}

function describe({ neighbour, letters, waiting, impossible }: ResultOf<'letter.resend'>): string {
  const count = (number: number) => `${number} ${number === 1 ? 'letter' : 'letters'}`
  return [
    `${neighbour}: ${count(letters)} without receipt sent again. What had arrived is not delivered twice.`,
    ...(waiting > 0 ? [`  ${count(waiting)} not: a packet of each waits here, \`posthorn stat\` shows for whom.`] : []),
    ...(impossible > 0
      ? [`  ${count(impossible)} could not be: their bytes are not kept any more, or no relay on the way is known.`]
      : []),
  ].join('\n')
}
