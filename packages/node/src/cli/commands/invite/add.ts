import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import type { InviteCourse, InviteMade } from '../../../node/operations/invite-types.ts'
import type { ParamsOf } from '../../../node/operations/types.ts'
import { type CommandContext, type CommonOptions, exitCodes, runCommand } from '../../command.ts'
import { writeNewFile } from '../../new-file.ts'
import { formatTime, qrCode } from '../../output.ts'

interface InviteOptions extends CommonOptions {
  readonly file?: string
  readonly name?: string
  readonly addr?: string[]
  readonly valid?: number
  readonly wait: boolean
}

/** Makes `posthorn invite` itself do something; its verbs are beside this file. */
export function addInviting(noun: Command): Command {
  return noun
    .option('--file <file>', 'write an invitation that is answered by a file, for roads without a line')
    .option('--name <name>', 'what to call who joins (default: as it calls itself)')
    .option('--addr <url...>', 'where this node can be called from outside: tcp://host:port')
    .option('--valid <time>', 'how long: 90s, 15m, 12h, 30d (default: 15m, with --file 30d)', duration)
    .option('--no-wait', 'do not wait until somebody has joined')
    .action((options: InviteOptions) =>
      runCommand(options, async context => {
        const made =
          options.file === undefined ? await inviteLive(context, options) : await inviteByFile(context, options)
        if (made !== undefined && options.wait) await follow(context, made)
      }),
    )
}

function paramsOf({ name, addr, valid }: InviteOptions): Omit<ParamsOf<'invite.add'>, 'kind'> {
  return {
    ...(name === undefined ? {} : { name }),
    ...(addr === undefined ? {} : { addr }),
    ...(valid === undefined ? {} : { lifeMs: valid }),
  }
}

async function inviteLive({ ask, json, output }: CommandContext, options: InviteOptions): Promise<InviteMade> {
  const made = await ask('invite.add', { kind: 'live', ...paramsOf(options) })
  // One line, so that a script can read it while this command waits.
  if (json) output.say(JSON.stringify(made))
  else {
    const { link, words, addresses, expiresAt } = made
    output.say(
      [
        qrCode(link),
        `At the other node, until ${formatTime(expiresAt)}:\n`,
        `  posthorn join ${link}\n`,
        'or, said aloud:\n',
        `  posthorn join ${words ?? ''}${addresses[0] === undefined ? '' : ` --addr ${addresses[0]}`}\n`,
        `${reachWords(addresses)} Whoever has link or words first can join, once: give them to nobody else.`,
      ].join('\n'),
    )
  }
  return made
}

function reachWords(addresses: readonly string[]): string {
  if (addresses.length === 0) return 'Nobody knows where to call this node: say so with --addr.'
  const here = addresses.every(address => /^tcp:\/\/(127\.|localhost|\[::1\])/.test(address))
  const only = here ? ', which only this machine reaches: see listen.nncp_host in posthorn.toml' : ''
  return `This node is called at ${addresses.join(', ')}${only}.`
}

async function inviteByFile({ ask, json, output }: CommandContext, options: InviteOptions): Promise<undefined> {
  const { file = '' } = options
  let made: InviteMade | undefined
  try {
    await writeNewFile(file, async () => {
      made = await ask('invite.add', { kind: 'file', ...paramsOf(options) })
      return fileText(made)
    })
  } catch (error) {
    if (made !== undefined) await ask('invite.cancel', { id: made.id })
    throw error
  }
  if (json) {
    output.say(JSON.stringify({ ...made, file }))
    return
  }
  output.say(
    [
      `${file} is an invitation, until ${formatTime(made?.expiresAt ?? null)}. At the other node:\n`,
      `  posthorn join ${file} --reply REPLY\n`,
      'and, when the file REPLY has come back here:\n',
      '  posthorn invite accept REPLY\n',
      'Whoever has the file first can answer it: hand it over yourself, or by a way that you trust.',
    ].join('\n'),
  )
}

function fileText({ link, expiresAt }: InviteMade): string {
  return [
    '# An invitation to exchange messages with a Posthorn node. Secret: whoever has it first can answer it, once.',
    `# Until ${expiresAt}, at the other node: posthorn join THIS-FILE --reply REPLY`,
    `${link}\n`,
  ].join('\n')
}

async function follow({ ask, json, output, signal }: CommandContext, { id, expiresAt }: InviteMade): Promise<void> {
  const remain = () =>
    output.remark(`The invite stays open until ${formatTime(expiresAt)}: posthorn invite cancel ${id}`)
  signal.addEventListener('abort', remain, { once: true })
  for (let seen = 0; ; ) {
    const { notices, ending } = await ask('invite.follow', { id, seen })
    seen += notices.length
    for (const notice of notices) {
      if (json) output.say(JSON.stringify({ notice }))
      else output.say(noticeWords(notice))
    }
    if (ending === null) continue
    if (json) output.say(JSON.stringify({ ending }))
    else output.say(endingWords(ending))
    if (ending.kind !== 'joined') process.exitCode = exitCodes.failed
    return
  }
}

function noticeWords(notice: InviteCourse['notices'][number]): string {
  if (notice.kind === 'tried') {
    const { from, tries, triesMax } = notice
    return `Somebody at ${from} tried other words, or the line was cut: ${tries} of ${triesMax} attempts are gone.`
  }
  if (notice.kind === 'refused') return `A node has the words and was not taken in. ${notice.message}`
  return `${notice.neighbour} was taken in, and the line was cut before it said the same. It should join again.`
}

function endingWords(ending: NonNullable<InviteCourse['ending']>): string {
  if (ending.kind === 'joined') {
    const unsure = ending.confirmed ? '' : '\nIt has not said that it keeps this node: ask there for `neighbour list`.'
    return `${ending.neighbour} has joined and is now a neighbour.\nIts id is ${ending.id}.${unsure}`
  }
  return {
    expired: 'Nobody has joined in time. The invite is over; make a new one.',
    void: 'Too many wrong attempts: the invite is void, and nobody has joined. Make a new one, for one person only.',
    cancelled: 'The invite was cancelled.',
  }[ending.kind]
}

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const daysMax = 366

function duration(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const ms = Number(count) * (units[unit] ?? 0)
  if (ms > 0 && ms <= daysMax * 86_400_000) return ms
  throw new InvalidArgumentError(`a time is wanted, as 90s, 15m, 12h or 30d, and ${daysMax} days at most`)
}
