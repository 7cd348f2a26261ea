import { Command } from 'commander'
import type { Status } from '../../../node/operations/types.ts'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { listenerLines } from '../../listeners.ts'
import { formatBytes, formatTime } from '../../output.ts'

export function statusCommand(): Command {
  return withCommonOptions(new Command('status'))
    .description('the node, its people, neighbours and folders')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const status = await ask('status', {})
        if (json) output.json(status)
        else output.say(describe(status))
      }),
    )
}

function describe(status: Status): string {
  const { node, running, listeners, users, neighbours, folders, inbox, quarantine } = status
  const lines = [
    `${node.name} (${running ? 'running' : 'not running'})`,
    `  id      ${node.id}`,
    `  domain  ${node.domain}`,
    ...listenerLines(listeners),
    `People (${users.length})`,
    ...users.map(user => `  ${user.address}`),
    `Neighbours (${neighbours.length})`,
    ...neighbours.map(
      ({ name, queued, lastContact }) =>
        `  ${name}: ${queued.packets} waiting (${formatBytes(queued.bytes)}), last contact ${formatTime(lastContact)}`,
    ),
    `Folders (${folders.length})`,
    ...folders.map(
      ({ name, path, ready, lastSync }) =>
        `  ${name}: ${path}, ${ready ? 'there' : 'not there now'}, last sync ${formatTime(lastSync)}`,
    ),
    `Inbox: ${inbox.packets} packets (${formatBytes(inbox.bytes)}) to open`,
    `Set aside: ${quarantine}${quarantine > 0 ? ' (posthorn quarantine list)' : ''}`,
  ]
  return lines.join('\n')
}
