import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { formatBytes, formatTime, table } from '../../output.ts'
import { addCommand } from './add.ts'
import { historyCommand } from './history.ts'
import { limitCommand } from './limit.ts'
import { nearbyCommand } from './nearby.ts'
import { pauseCommand, resumeCommand } from './pause.ts'
import { setCommand } from './set.ts'

export function neighbourCommands(): Command {
  const noun = new Command('neighbour').alias('neighbor').description('the nodes this one exchanges packets with')
  const looking = [listCommand(), nearbyCommand(), showCommand(), historyCommand()]
  const pausing = [pauseCommand(), resumeCommand()]
  const verbs = [addCommand(), setCommand(), limitCommand(), ...pausing, ...looking, removeCommand()]
  for (const verb of verbs) noun.addCommand(verb)
  return noun
}

function listCommand(): Command {
  return withCommonOptions(new Command('list'))
    .description('all neighbours')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const neighbours = await ask('neighbour.list', {})
        if (json) return output.json(neighbours)
        if (neighbours.length === 0)
          return output.say('No neighbours yet. Add one by its card: posthorn neighbour add CARD')
        const rows = neighbours.map(({ name, id, queued, lastContact, paused }) => [
          paused === null ? name : `${name} (paused)`,
          `${id.slice(0, 16)}…`,
          `${queued.packets} (${formatBytes(queued.bytes)})`,
          formatTime(lastContact),
        ])
        output.say(table(['NAME', 'ID', 'WAITING', 'LAST CONTACT'], rows))
      }),
    )
}

function showCommand(): Command {
  return withCommonOptions(new Command('show'))
    .description('one neighbour')
    .argument('<name>', 'its name or id')
    .action((name: string, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const neighbour = await ask('neighbour.show', { name })
        if (json) return output.json(neighbour)
        const { id, domain, custody, via, otherRoads, addresses, queued, lastContact, unreceipted, lettersOnTheirWay } =
          neighbour
        const { paused } = neighbour
        output.say(
          [
            `Name          ${neighbour.name}`,
            `Id            ${id}`,
            `Mail for      …@${domain}`,
            `Relays        ${via.length === 0 ? 'none' : via.join(', ')}`,
            ...otherRoads.map(road => `Or by         ${road.join(', ')}`),
            `Addresses     ${addresses.length === 0 ? 'none' : addresses.join(', ')}`,
            `Packets kept  ${custody === 'ack' ? 'until it acknowledged them' : 'until a copy was made for it'}`,
            `Waiting       ${queued.packets} packets, ${formatBytes(queued.bytes)}`,
            `Kept          ${unreceipted.handedOver} letters without receipt, ${formatBytes(unreceipted.bytes)}`,
            `On their way  ${lettersOnTheirWay} earlier letters of it`,
            `Last contact  ${formatTime(lastContact)}`,
            ...(paused === null
              ? []
              : [`Paused        ${formatTime(paused)} (posthorn neighbour resume ${neighbour.name})`]),
          ].join('\n'),
        )
      }),
    )
}

function removeCommand(): Command {
  return withCommonOptions(new Command('remove'))
    .description('forget a neighbour; what waits for it is dropped, and the senders are told')
    .argument('<name>', 'its name or id')
    .action((name: string, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const removed = await ask('neighbour.remove', { name })
        if (json) return output.json(removed)
        const { packetsDropped } = removed
        output.say(`${removed.name} is forgotten; ${packetsDropped} waiting packets were dropped, their senders told.`)
      }),
    )
}
