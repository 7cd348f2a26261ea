/**
 * Reading every packet in the spool again, and letting go in good order of what the disk has damaged.
 *
 * It promises: whoever sent a letter from here is told when its packet can leave no more; a packet on its way in
 * counts as never seen, so that it is taken when somebody offers it again; what is left of the bytes is kept for a
 * person. When so much is damaged that the disk itself must be at fault, or not the right one, nothing is let go of.
 */
import type { PacketId } from '@posthorn/nncp'
import type { Clock } from '../../base/clock.ts'
import { isAbort, messageOf, OperatingError } from '../../base/errors.ts'
import type { InboundPacket, OutboundPacket } from '../../stores/spool/spool.ts'
import type { StoredBody } from '../../stores/spool/upkeep.ts'
import { type GiveUpContext, tellSender } from './give-up.ts'
import { postofficeLimits } from './limits.ts'

export interface CheckOptions {
  readonly signal: AbortSignal
  /** Reads no faster, so that others are served; null: as fast as it goes. */
  readonly bytesPerSecondMax: number | null
  /** Lets go of what is damaged however much that is. */
  readonly anyway: boolean
  /** Goes on where the last round was cut off, and remembers how far it came. Default: reads all. */
  readonly resume?: boolean
  readonly onProgress?: (step: { packets: number; bytes: number; bytesTotal: number }) => void
}

export interface DamagedPacket {
  readonly id: PacketId
  readonly state: 'damaged' | 'missing'
  readonly sizeBytes: number
  /** Where it was. */
  readonly room: 'outbox' | 'inbox' | 'quarantine'
  /** Its sender is somebody here, and was told. */
  readonly told: boolean
}

export interface CheckReport {
  readonly packets: number
  readonly bytes: number
  readonly damaged: readonly DamagedPacket[]
  /** What the disk would not read now: left as it is. */
  readonly unreadable: number
}

type Found = StoredBody & { readonly state: 'damaged' | 'missing' }

/** @throws OperatingError `spool-damaged` when so much is damaged that nothing was let go of. */
export async function checkSpool(
  context: GiveUpContext & { readonly clock: Clock },
  options: CheckOptions,
): Promise<CheckReport> {
  const { found, ...report } = await readAll(context, options)
  const { damagedCountMax, damagedShareMax } = postofficeLimits
  if (!options.anyway && found.length > Math.max(damagedCountMax, report.packets * damagedShareMax)) {
    throw new OperatingError(
      `${found.length} of ${report.packets} packets in the spool are damaged or missing. That looks like a fault of ` +
        'the disk, or a spool that is not mounted, so nothing was let go of. Look at the disk, or restore the home ' +
        'from a backup. To let go of them: posthorn check --anyway',
      { code: 'spool-damaged', retry: 'later', fields: { damaged: found.length, packets: report.packets } },
    )
  }
  const damaged: DamagedPacket[] = []
  for (const one of found) {
    if (options.signal.aborted) break
    const given = await letGo(context, one)
    if (given !== undefined) damaged.push(given)
  }
  if (options.resume === true && !options.signal.aborted) await context.spool.scrub.noteRound(null)
  return { ...report, damaged }
}

interface Reading extends Omit<CheckReport, 'damaged'> {
  readonly found: readonly Found[]
}

async function readAll(
  { spool, clock, log }: GiveUpContext & { readonly clock: Clock },
  { signal, bytesPerSecondMax, onProgress, resume = false }: CheckOptions,
): Promise<Reading> {
  const { bytes: bytesTotal } = await spool.scrub.total()
  const found: Found[] = []
  let [packets, bytes, unreadable, unpaced, unnoted] = [0, 0, 0, 0, 0]
  const pace = async (more: number) => {
    bytes += more
    unpaced += more
    unnoted += more
    if (bytesPerSecondMax === null || unpaced < postofficeLimits.checkStepBytes) return
    await clock.sleep((unpaced / bytesPerSecondMax) * 1000, signal)
    unpaced = 0
    onProgress?.({ packets, bytes, bytesTotal })
  }
  for (let after = resume ? await beginning(spool) : null; ; ) {
    const page: readonly StoredBody[] = await spool.scrub.page(after, postofficeLimits.checkedAtOnceMax)
    for (const body of page) {
      try {
        const state = await spool.scrub.verify(body.id, { signal, pace })
        if (state === 'damaged' || state === 'missing') found.push({ ...body, state })
      } catch (error) {
        if (isAbort(error)) throw error
        unreadable += 1
        log.error('a packet cannot be read from the disk', { packetId: body.id, reason: messageOf(error) })
      }
      packets += 1
      onProgress?.({ packets, bytes, bytesTotal })
      // What was found is let go of at the end: cut off before, it is to be found again.
      if (!resume || found.length > 0 || unnoted < postofficeLimits.checkNotedBytes) continue
      await spool.scrub.noteRound(body.id)
      unnoted = 0
    }
    after = page.at(-1)?.id ?? null
    if (after === null) return { packets, bytes, unreadable, found }
  }
}

/** Where the last round was cut off, or a new one. */
async function beginning({ scrub }: GiveUpContext['spool']): Promise<PacketId | null> {
  const round = await scrub.round()
  if (round !== undefined && round.after !== null) return round.after
  await scrub.beginRound()
  return null
}

const lostOf = ({ id, sender, handedBy, sizeBytes }: InboundPacket) => ({ id, sender, handedBy, sizeBytes })

/** The sender is told first: cut off in between, both are done again, and the telling is told once. */
async function letGo(context: GiveUpContext, body: Found): Promise<DamagedPacket | undefined> {
  const { spool, log, self } = context
  const { id, state, sizeBytes } = body
  const outbound = await spool.outbox.get(id)
  const inbound = outbound === undefined ? await spool.inbox.get(id) : undefined
  const room = outbound !== undefined ? 'outbox' : inbound !== undefined ? 'inbox' : 'quarantine'
  const what = state === 'missing' ? 'is gone from' : 'was damaged on'
  const forSender = `Its packet ${what} the disk of ${self.name} before its arrival was confirmed`
  const told =
    outbound?.kind === 'letter' &&
    !(await goesOn(context, outbound)) &&
    (await tellSender(context, outbound, forSender))
  const fate = room === 'inbox' ? '; it is asked for again, and taken when it comes' : ''
  const reason = `its content ${what} the disk of this node (it was in the ${room})${fate}`
  const at = context.now()
  const lost = inbound === undefined ? undefined : { ...lostOf(inbound), at }
  if (!(await spool.scrub.setAside(id, { reason, at, ...(lost && { lost }) }))) return undefined
  log.error('a damaged packet was let go of', { packetId: id, state, room, sizeBytes, told })
  return { id, state, sizeBytes, room, told }
}

/** A letter in custody has other packets, or its own sound one, or another node has it already. */
async function goesOn({ spool }: GiveUpContext, { id, custody }: OutboundPacket): Promise<boolean> {
  const letter = custody === null ? undefined : await spool.custody.get(custody)
  if (letter === undefined) return false
  return letter.id !== id || letter.handedOverAt !== null || letter.roads.filter(({ waits }) => waits).length > 1
}
