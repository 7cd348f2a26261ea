import { Command } from 'commander'
import type { BotStatus } from '../../../node/operations/bot-types.ts'
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
  const { bot, inbox, quarantine, custody, diskFull, repair, lanFault } = status
  const lines = [
    `${node.name} (${running ? 'running' : 'not running'})`,
    `  id      ${node.id}`,
    `  domain  ${node.domain}`,
    ...(restored === null
      ? []
      : [`  restored ${formatTime(restored.at)} from the backup of ${formatTime(restored.backupOf)}`]),
    ...listenerLines(listeners),
    ...(lanFault === null ? [] : [`  not open to the local network, though set so in the web: ${lanFault}`]),
    `People (${users.length})`,
    ...users.map(({ address, admin }) => `  ${address}${admin ? ' (looks after the node)' : ''}`),
    ...(firstLogin === null
      ? []
      : [
          `  accounts by login: ${firstLogin.users} of ${firstLogin.usersMax}, ${firstLogin.link} (posthorn user link)`,
        ]),
    `Neighbours (${neighbours.length})`,
    ...neighbours.map(
      ({ name, queued, lastContact, paused }) =>
        `  ${name}: ${queued.packets} waiting (${formatBytes(queued.bytes)}), last contact ${formatTime(lastContact)}` +
        (paused === null ? '' : `, paused ${formatTime(paused)} (posthorn neighbour resume ${name})`),
    ),
    `Folders (${folders.length})`,
    ...folders.map(
      ({ name, path, ready, released, lastSync }) =>
        `  ${name}: ${path}, ${folderWords(ready, released)}, last sync ${formatTime(lastSync)}`,
    ),
    ...(gateways.length === 0 ? [] : [`Gateways (${gateways.length})`]),
    ...gateways.map(describeGateway),
    describeBot(bot),
    `Inbox: ${inbox.packets} packets (${formatBytes(inbox.bytes)}) to open`,
    `Set aside: ${quarantine}${quarantine > 0 ? ' (posthorn quarantine list)' : ''}`,
    describeCustody(custody),
    ...(diskFull === null
      ? []
      : [
          `Disk: full (${formatBytes(diskFull.freeBytes)} free). No packets are taken in until ` +
            `${formatBytes(diskFull.reserveBytes)} are free; they wait with their neighbours and on their media.`,
        ]),
    ...(repair === null ? [] : [`Database: repaired ${formatTime(repair.at)} (posthorn check)`]),
  ]
  return lines.join('\n')
}

function folderWords(ready: boolean, released: boolean): string {
  if (released) return 'to be pulled out'
  return ready ? 'there' : 'not there now'
}

function describeCustody({ letters, bytes, bytesMax, letGo }: Status['custody']): string {
  const sizes = `${formatBytes(bytes)} of at most ${formatBytes(bytesMax)}`
  const kept = `Handed over, no receipt yet: ${letters} letters (${sizes} kept)`
  return letGo === 0 ? kept : `${kept}; ${letGo} cannot be sent again (too much was kept, or the disk damaged them)`
}

function describeBot({ address, why, engine, waiting }: BotStatus): string {
  if (address === null) return `Account of the node: none: ${why}`
  const state = engine === null ? '' : `, engine ${engineWords[engine.state]}`
  const ends = engine === null || engine.ends === 0 ? '' : ` (ended ${engine.ends} times, the last: ${engine.reason})`
  return `Account of the node: ${address}${state}${ends}, ${waiting} notices to tell (posthorn bot show)`
}

const engineWords = { missing: 'missing', resting: 'at rest', running: 'running', pausing: 'begun again soon' } as const

function describeGateway({ name, configured, queued, unreachable }: GatewayStatus): string {
  const waiting = `${queued.letters} waiting (${formatBytes(queued.bytes)})`
  const trouble = configured ? (unreachable ?? '') : 'it is not in posthorn.toml'
  return `  ${name}: ${waiting}${trouble === '' ? '' : `; ${trouble}`}`
}
