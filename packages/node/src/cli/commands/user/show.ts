import { Command } from 'commander'
import type { UserShown } from '../../../node/operations/people-types.ts'
import { type CommandContext, type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { formatBytes, formatTime } from '../../output.ts'

export function showCommand(): Command {
  return withCommonOptions(new Command('show'))
    .description('what is known of a person: addresses, limits, forwarding, app passwords')
    .argument('<name>')
    .action((name: string, options: CommonOptions) =>
      runCommand(options, async context => showUser(context, await context.ask('user.show', { name }))),
    )
}

export function showUser({ json, output }: CommandContext, user: UserShown): void {
  if (json) {
    output.json(user)
    return
  }
  const { address, createdAt, selfMade, mail, quota, notices, chatRetentionDays, forward, aliases, appPasswords } = user
  const bytes = quota.bytes === null ? 'no limit' : `of ${formatBytes(quota.bytes)}`
  const messages = quota.messages === null ? '' : `, ${quota.messages} letters at most`
  const sentOn = forward === null ? 'nowhere' : forward.to.join(', ') + (forward.keep ? '' : ', not kept here')
  const passwords = appPasswords.map(({ label, lastUsedAt }) => `${label} (last used ${formatTime(lastUsedAt)})`)
  output.say(
    [
      `Address        ${address}`,
      `Since          ${formatTime(createdAt)}${selfMade ? ', by logging in' : ''}`,
      `Mail           ${formatBytes(mail.bytes)}, ${bytes}${messages}`,
      `Chat messages  ${chatRetentionDays === null ? 'stay' : `leave INBOX after ${chatRetentionDays} days`}`,
      `Notices        ${notices ? 'the node writes when a letter waits long or fails' : 'none'}`,
      `Sent on to     ${sentOn}`,
      `Aliases        ${aliases.length === 0 ? 'none' : aliases.join(', ')}`,
      `App passwords  ${passwords.length === 0 ? 'none' : passwords.join(', ')}`,
    ].join('\n'),
  )
}
