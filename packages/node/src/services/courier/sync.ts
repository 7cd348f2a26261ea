import { OperatingError } from '../../base/errors.ts'
import { type Exchange, endsExchange, operatingErrorOf } from './exchange.ts'
import { putOut, retire } from './put-out.ts'
import type { SyncReport } from './report.ts'
import { takeIn } from './take-in.ts'

/**
 * Takes in what is for us, waits until it is opened, takes off acknowledged copies (they make room), puts out what
 * waits. Rejects only when it is cancelled; what failed otherwise is in the report, and the phases after it are done
 * unless the medium is gone.
 */
export async function exchangeWith(exchange: Exchange): Promise<SyncReport> {
  const { options, folder, tally } = exchange
  try {
    await mustBeThere(exchange)
    await goOnAfter(exchange, () => takeIn(exchange))
    await putOut(exchange, await retire(exchange))
    if (tally.error === undefined) await options.directory.folders.synced(folder.name, options.clock.now())
  } catch (error) {
    tally.failed(operatingErrorOf(error))
  }
  const report = tally.report()
  if (tally.moved) exchange.log.info('a folder was synced', { ...report })
  return report
}

async function mustBeThere({ transport, at, folder }: Exchange): Promise<void> {
  if (await transport.ready(at)) return
  const { path } = folder
  const message = `The folder ${path} is not there. If it is on a stick, plug it in; nothing was made in its place.`
  throw new OperatingError(message, { code: 'medium-gone', retry: 'later', fields: { path } })
}

/** What cannot be taken in does not keep anything from going out. */
async function goOnAfter(exchange: Exchange, task: () => Promise<void>): Promise<void> {
  try {
    await task()
  } catch (error) {
    const known = operatingErrorOf(error)
    if (endsExchange(known)) throw known
    exchange.tally.failed(known)
  }
}
