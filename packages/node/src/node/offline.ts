/**
 * An operation on a node from outside: through the daemon's admin socket or, when none runs, on the home itself.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { OperatingError } from '../base/errors.ts'
import { askDaemon } from './admin/client.ts'
import { type Node, openNode } from './assemble.ts'
import { loadConfig } from './config/config.ts'
import type { Home } from './home.ts'
import { openLog } from './log.ts'
import { logFile } from './log-file.ts'
import { opennessOf } from './openness.ts'
import { lanAddress } from './operations/access.ts'
import { runOperation } from './operations/run.ts'
import type { OperationContext, OperationName, ParamsOf, ResultOf } from './operations/types.ts'
import { settlePorts } from './ports.ts'
import { renewal } from './renewal.ts'
import type { ServedNode } from './served.ts'

/** A daemon that is starting, or another command, holds the lock for a moment only. */
const lockPatienceMs = 10_000
const lockPauseMs = 50

/** @throws OperatingError of the operation, or `home-locked` when neither socket nor lock can be had. */
export async function perform<N extends OperationName>(
  home: Home,
  call: { name: N; params: ParamsOf<N> },
  context: OperationContext,
): Promise<ResultOf<N>> {
  const { progress, signal } = context
  for (let waitedMs = 0; ; waitedMs += lockPauseMs) {
    const answer = await askDaemon(home, { operation: call.name, params: call.params, progress, signal })
    if (answer !== 'not-running') return answer.result as ResultOf<N>
    try {
      return await performAlone(home, call, context)
    } catch (error) {
      const locked = error instanceof OperatingError && error.code === 'home-locked'
      if (!locked || waitedMs >= lockPatienceMs) throw error
    }
    await sleep(lockPauseMs, undefined, { signal: context.signal })
  }
}

async function performAlone<N extends OperationName>(
  home: Home,
  call: { name: N; params: ParamsOf<N> },
  context: OperationContext,
): Promise<ResultOf<N>> {
  const { log } = await loadConfig(home.config)
  // Nothing on standard error: there the command speaks.
  const node = await openNode(home, openLog({ level: log.level, destination: logFile(home.log, log.keep_bytes_max) }))
  try {
    return await runOperation(notServing(node), call, context)
  } finally {
    await node.stop()
  }
}

function notServing(node: Node): ServedNode {
  const openness = opennessOf(node.config, node.directory, { lan: false })
  return {
    ...node,
    running: false,
    openness,
    renewal: renewal(),
    chat: null,
    listeners: {},
    endLogins: async () => 0,
    async reach() {
      const { lan: _lan, lan_host: _host, nncp_host: _nncp, ...configured } = node.config.listen
      return { ports: await settlePorts(node.home, configured), lanHost: openness.lan ? lanAddress() : null }
    },
  }
}
