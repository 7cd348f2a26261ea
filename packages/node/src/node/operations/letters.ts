/** Letters that programs of this machine hand over, and those that go once more. */
import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { systemClock } from '../../base/clock.ts'
import { OperatingError } from '../../base/errors.ts'
import { fullAddress, handOver, type IntakeContext, refusedAs } from '../../services/intake/index.ts'
import type { Body } from '../../stores/spool/spool.ts'
import type { ServedNode } from '../served.ts'
import { findNeighbour } from './neighbours.ts'
import type { OperationContext, ParamsOf, ResultOf } from './types.ts'

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

export async function resendLetters(
  node: ServedNode,
  params: ParamsOf<'letter.resend'>,
  { signal }: OperationContext,
): Promise<ResultOf<'letter.resend'>> {
  const { identity, name } = await findNeighbour(node, params.neighbour)
  const messageId = params.messageId?.replace(/^<(.*)>$/, '$1') ?? null
  const resent = await node.postOffice.resend({ destination: identity.id, messageId }, signal)
  if (messageId === null || resent.letters + resent.waiting + resent.impossible > 0)
    return { neighbour: name, ...resent }
  const message = `No letter of this Message-ID to ${name} is without receipt: \`posthorn track\` says where it is.`
  throw new OperatingError(message, { code: 'no-such-letter', retry: 'never' })
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
