import { Command, InvalidArgumentError, Option } from 'commander'
import type { LimitParam } from '../../../node/operations/people-types.ts'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { parseSize } from '../../sizes.ts'
import { showUser } from './show.ts'

export function quotaCommand(): Command {
  return withCommonOptions(new Command('quota'))
    .description('how much mail a person may have here; letters beyond it are refused')
    .argument('<name>')
    .argument('[size]', 'as 500M; `none` for no limit, `default` for what posthorn.toml says', parseBytes)
    .option('--messages <number>', 'letters at most; `none` or `default` likewise', parseCount)
    .action((name: string, bytes: LimitParam | undefined, options: CommonOptions & { messages?: LimitParam }) =>
      runCommand(options, async context => {
        const { messages } = options
        const limits = { ...(bytes === undefined ? {} : { bytes }), ...(messages === undefined ? {} : { messages }) }
        showUser(context, await context.ask('user.quota', { name, ...limits }))
      }),
    )
}

export function retentionCommand(): Command {
  return withCommonOptions(new Command('retention'))
    .description('after how many days chat messages that Delta Chat has seen leave INBOX')
    .argument('<name>')
    .argument('<days>', 'a number; `never`, or `default` for what posthorn.toml says', parseDays)
    .action((name: string, days: LimitParam, options: CommonOptions) =>
      runCommand(options, async context => showUser(context, await context.ask('user.retention', { name, days }))),
    )
}

export function setCommand(): Command {
  return withCommonOptions(new Command('set'))
    .description('whether the node’s own account writes to a person when something happened to a letter of theirs')
    .argument('<name>')
    .addOption(
      new Option('--notices <when>', '`default` for what posthorn.toml says')
        .choices(['on', 'off', 'default'])
        .makeOptionMandatory(),
    )
    .action((name: string, options: CommonOptions & { notices: 'on' | 'off' | 'default' }) =>
      runCommand(options, async context =>
        showUser(context, await context.ask('user.set', { name, notices: options.notices })),
      ),
    )
}

function parseBytes(text: string): LimitParam {
  const word = wordOf(text)
  if (word !== undefined) return word
  const size = parseSize(text)
  if (size > 0) return size
  throw new InvalidArgumentError('A size above zero is wanted, as 500M, or `none`.')
}

function parseCount(text: string): LimitParam {
  const word = wordOf(text)
  if (word !== undefined) return word
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A number above zero is wanted, `none` or `default`.')
}

function parseDays(text: string): LimitParam {
  return parseCount(text === 'never' ? 'none' : text)
}

function wordOf(text: string): 'none' | 'default' | undefined {
  return text === 'none' || text === 'default' ? text : undefined
}
