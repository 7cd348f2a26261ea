import { Command, InvalidArgumentError } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { formatBytes, formatTime, qrCode, table } from '../../output.ts'
import { parseSize } from '../../sizes.ts'

interface InviteOptions extends CommonOptions {
  readonly days: number
  readonly uses: number
  readonly quota?: number
}

export function inviteCommand(): Command {
  return withCommonOptions(new Command('invite'))
    .description('a link and QR code by which somebody makes an account here in a browser')
    .argument('[name]', 'the name that they will have; without it they choose')
    .option('--days <number>', 'how long it is good', wholeNumber, 7)
    .option('--uses <number>', 'how many people may come by it', wholeNumber, 1)
    .option('--quota <size>', 'how much mail each of them may have, as 500M', parseQuota)
    .action((name: string | undefined, options: InviteOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const { days, uses, quota } = options
        const limits = quota === undefined ? {} : { quotaBytes: quota }
        const made = await ask('user.invite', { ...(name === undefined ? {} : { name }), days, uses, ...limits })
        if (json) return output.json(made)
        const [link] = made.links
        const best = link ?? `…/#/join/${made.secret}`
        output.say(
          [
            ...(link === undefined
              ? ['The node does not run: put its address before this when it does.']
              : [qrCode(link)]),
            ...(made.links.length > 1 ? made.links : [best]),
            '',
            `Good for ${uses === 1 ? 'one person' : `${uses} people`} and ${days} days. Whoever has it can come, so`,
            `show it to nobody else. To take it back: posthorn user uninvite ${made.invite.id}`,
          ].join('\n'),
        )
      }),
    )
}

export function invitesCommand(): Command {
  return withCommonOptions(new Command('invites'))
    .description('the invites that people can still come by')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const invites = await ask('user.invites', {})
        if (json) return output.json(invites)
        if (invites.length === 0) return output.say('None. Make one: posthorn user invite')
        const rows = invites.map(({ id, name, uses, usesMax, quotaBytes, daysLeft, madeAt }) => [
          id,
          name ?? 'whoever comes',
          `${uses} of ${usesMax}`,
          quotaBytes === null ? '' : formatBytes(quotaBytes),
          daysLeft === 0 ? 'today' : `${daysLeft}`,
          formatTime(madeAt),
        ])
        output.say(table(['INVITE', 'FOR', 'USED', 'QUOTA', 'DAYS LEFT', 'MADE'], rows))
      }),
    )
}

export function uninviteCommand(): Command {
  return withCommonOptions(new Command('uninvite'))
    .description('nobody can come by this invite any more')
    .argument('<invite>', 'as `user invites` shows it')
    .action((id: string, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const gone = await ask('user.uninvite', { id })
        if (json) output.json(gone)
        else output.say(`The invite ${id} is taken back. Who has come by it stays.`)
      }),
    )
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A number above zero is wanted.')
}

function parseQuota(text: string): number {
  const size = parseSize(text)
  if (size > 0) return size
  throw new InvalidArgumentError('A size above zero is wanted, as 500M.')
}
