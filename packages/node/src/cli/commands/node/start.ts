import { Command } from 'commander'
import { systemClock } from '../../../base/clock.ts'
import { OperatingError } from '../../../base/errors.ts'
import { homeAt } from '../../../node/home.ts'
import { repairWords } from '../../../node/operations/repair-words.ts'
import { serveNode } from '../../../node/serve.ts'
import type { RunningNode } from '../../../node/served.ts'
import { openBrowser } from '../../browser.ts'
import { type CommonOptions, exitCodes, runCommand, withCommonOptions } from '../../command.ts'
import { listenerLines } from '../../listeners.ts'

export function startCommand(): Command {
  return withCommonOptions(new Command('start'))
    .description('run the node in the foreground')
    .option('--lan', 'open mail and web (under TLS) to the local network')
    .option('--open', 'open the web chat in a browser, where there is a display')
    .option('--no-open', 'do not')
    .action((options: CommonOptions & { lan?: boolean; open?: boolean }) =>
      runCommand(options, async ({ json, output, signal }) => {
        const home = homeAt(options.home)
        for (let restarts = 0; ; ) {
          const node = await serveNode(home, { lan: options.lan === true })
          for (const words of node.repair === null ? [] : repairWords(node.repair)) output.remark(words)
          if (json)
            output.json({
              node: { id: node.identity.id, name: node.name, domain: node.domain },
              listeners: node.listeners,
              ...setUpFacts(node),
            })
          else output.say(await welcome(node, options.home))
          // Without what it takes to set it up: that stands on the terminal alone.
          if (options.open === true && restarts === 0) openBrowser(node.webUrl())
          await interrupted(AbortSignal.any([signal, node.damaged, node.renewal.wanted]))
          const isDamaged = node.damaged.aborted && !signal.aborted
          if (!isDamaged && !signal.aborted) {
            output.remark('Starting anew, for what was set in the web…')
            await node.stop()
            continue
          }
          output.remark(isDamaged ? 'The database looks damaged. It is examined now, and repaired…' : 'Stopping…')
          if (!isDamaged) return node.stop()
          if (!(await isStopped(node))) {
            output.remark('The node could not be stopped. Start it again: the database is examined then.')
            process.exit(exitCodes.failed)
          }
          if (restarts === restartsMax) throw damagedAgain()
          restarts += 1
        }
      }),
    )
}

const stopMsMax = 60_000

/** What cannot be ended in good order for the same reason ends all the same, if need be with the process. */
async function isStopped(node: RunningNode): Promise<boolean> {
  const patience = new AbortController()
  const given = systemClock.sleep(stopMsMax, patience.signal).catch(() => undefined)
  const stopped = node.stop().catch(() => undefined)
  const first = await Promise.race([stopped.then(() => true), given.then(() => false)])
  patience.abort()
  return first
}

/** Who is damaged again and again has a disk that must not be trusted with more. */
const restartsMax = 3

function damagedAgain(): OperatingError {
  const message = 'The database looked damaged again each time it had been opened. Look at the disk, and at the memory.'
  return new OperatingError(message, { code: 'database-damaged', retry: 'later' })
}

function interrupted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** For scripts. The link makes its reader the first person here. */
function setUpFacts(node: RunningNode): { setUp?: string } {
  const setUp = node.setUpLink()
  return setUp === null ? {} : { setUp }
}

async function welcome(node: RunningNode, home: string | undefined): Promise<string> {
  const at = home === undefined ? '' : ` --home ${home}`
  const users = await node.directory.users.list()
  const neighbours = await node.directory.neighbours.list()
  const setUp = node.setUpLink()
  const next = [
    ...(setUp === null ? [`  Chat in a browser:       ${node.webUrl()}`] : []),
    ...(setUp === null
      ? []
      : [`  Make the first person in a browser (the link is good once, for who has it):`, `  ${setUp}`]),
    ...(users.length === 0 ? [`  Or here:                 npx posthorn user add alice${at}`] : []),
    ...(neighbours.length === 0
      ? [
          `  Invite another node:     npx posthorn invite${at}`,
          `  Or join who has invited: npx posthorn join LINK${at}`,
        ]
      : []),
    `  Use a stick or folder:   npx posthorn folder add DIR${at}`,
    `  See how it is doing:     npx posthorn status${at}`,
  ]
  return [
    `The node ${node.name} is running. Ctrl-C stops it.`,
    `  id      ${node.identity.id}`,
    `  domain  ${node.domain}`,
    ...listenerLines(node.listeners),
    '',
    'Next:',
    ...next,
    '',
  ].join('\n')
}
