import { Command } from 'commander'
import type { GatewayStatus } from '../../../node/operations/queue-types.ts'
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
  const { node, running, restored, listeners, users, firstLogin, neighbours, folders, gateways } = status
  const { inbox, quarantine, repair } = status
  const lines = [
    `${node.name} (${running ? 'running' : 'not running'})`,
    `  id      ${node.id}`,
    `  domain  ${node.domain}`,
    ...(restored === null
      ? []
      : [`  restored ${formatTime(restored.at)} from the backup of ${formatTime(restored.backupOf)}`]),
    ...listenerLines(listeners),
    `People (${users.length})`,
    ...users.map(user => `  ${user.address}`),
    ...(firstLogin === null
      ? []
      : [
          `  accounts by login: ${firstLogin.users} of ${firstLogin.usersMax}, ${firstLogin.link} (posthorn user link)`,
        ]),
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
    ...(gateways.length === 0 ? [] : [`Gateways (${gateways.length})`]),
    ...gateways.map(describeGateway),
    `Inbox: ${inbox.packets} packets (${formatBytes(inbox.bytes)}) to open`,
    `Set aside: ${quarantine}${quarantine > 0 ? ' (posthorn quarantine list)' : ''}`,
    ...(repair === null ? [] : [`Database: repaired ${formatTime(repair.at)} (posthorn check)`]),
  ]
  return lines.join('\n')
}

function describeGateway({ name, configured, queued, unreachable }: GatewayStatus): string {
  const waiting = `${queued.letters} waiting (${formatBytes(queued.bytes)})`
  const trouble = configured ? (unreachable ?? '') : 'it is not in posthorn.toml'
  return `  ${name}: ${waiting}${trouble === '' ? '' : `; ${trouble}`}`
}
