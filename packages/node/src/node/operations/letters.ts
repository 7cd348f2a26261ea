/** Letters that programs of this machine hand over. */
import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { systemClock } from '../../base/clock.ts'
import { OperatingError } from '../../base/errors.ts'
import { fullAddress, handOver, type IntakeContext, refusedAs } from '../../services/intake/index.ts'
import type { Body } from '../../stores/spool/spool.ts'
import type { ServedNode } from '../served.ts'
import type { ParamsOf, ResultOf } from './types.ts'

export async function submitLetter(
  node: ServedNode,
  params: ParamsOf<'letter.submit'>,
): Promise<ResultOf<'letter.submit'>> {
  const { path, ...letter } = params
  const body = await bodyOf(path, node.config.limits.message_bytes_max)
  const traceId = randomBytes(8).toString('hex')
  const handed = await handOver(intakeOf(node, traceId), { ...letter, body })
  const { messageId, refused, report } = handed
  node.log.info('letter handed over', { traceId, messageId, refused: refused.map(({ address }) => address), report })
  return handed
}

export async function judgeRecipient(
  node: ServedNode,
  { address }: ParamsOf<'letter.judge'>,
): Promise<ResultOf<'letter.judge'>> {
  const full = fullAddress(address, node.domain)
  const verdict = await node.postOffice.judge(full)
  return { refused: verdict.kind === 'ok' ? null : refusedAs(full, verdict.kind, verdict.text) }
}

function intakeOf({ postOffice, domain }: ServedNode, traceId: string): IntakeContext {
  return { desk: postOffice, domain, traceId, now: () => systemClock.now() }
}

async function bodyOf(path: string, sizeBytesMax: number): Promise<Body> {
  const { size: sizeBytes } = await stat(path)
  if (sizeBytes > sizeBytesMax) {
    const message = `The letter has ${sizeBytes} bytes; this node takes ${sizeBytesMax} at most. Nothing was sent.`
    throw new OperatingError(message, { code: 'too-large', retry: 'never' })
  }
  return { sizeBytes, read: (start = 0) => createReadStream(path, { start }) }
}
