import type { DeliveryWishes, RecipientWishes } from '../../stores/spool/envelope.ts'

/** What was asked for one recipient. Addresses come from outside, and may be called like what every object has. */
export function wishesOf(wishes: DeliveryWishes | undefined, address: string): RecipientWishes {
  const { recipients = {} } = wishes ?? {}
  return (Object.hasOwn(recipients, address) ? recipients[address] : undefined) ?? {}
}
