import { formatNiceness, parseNiceness } from '@posthorn/nncp'
import { InvalidArgumentError } from 'commander'

/** `FLASH`, `P+5`, `96` as a number from 1 to 255. Throws what commander shows as misuse. */
export function parseNice(text: string): number {
  const value = parseNiceness(text)
  if (value === undefined) throw new InvalidArgumentError(`Say a level such as ${formatNiceness(96)}, or 1 to 255.`)
  return value
}
