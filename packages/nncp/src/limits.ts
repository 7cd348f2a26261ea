/** What one packet may cost us. A caller with less room (a quota, a small disk) gives lower ones. */
export interface OpenLimits {
  /** All bytes of an encrypted packet, header and padding included. */
  readonly packetBytesMax: number
}

/** The largest packet that is opened unless the caller says otherwise: 1 TiB. */
export const openLimits: OpenLimits = { packetBytesMax: 2 ** 40 }

/** Each relay adds a layer of encryption on every block; NNCP itself has no limit. */
export const onionRelaysMax = 16

/** A limit that is no positive whole number would silently limit nothing. Throws RangeError. */
export function checkedLimit(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value <= 0) throw new RangeError(`${name} must be a positive whole number`)
  return value
}
