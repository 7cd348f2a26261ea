import { OperatingError } from '../../base/errors.ts'

const userName = /^[a-z0-9][a-z0-9._-]{0,63}$/
const plainName = /^[a-z0-9-]{1,64}$/

/** Who is told something by letter: somebody here, somebody at the node that asked, or any address. */
export const mailPlacePattern = /^[A-Za-z0-9][A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{0,63}(?:@[A-Za-z0-9.-]{1,255})?$/

export function isUserName(name: string): boolean {
  return userName.test(name)
}

/** The rules of `User.name`. Throws OperatingError `bad-name`, retry `never`. */
export function checkUserName(name: string): void {
  if (userName.test(name)) return
  throw badName(name, 'A user name is 1 to 64 of a-z 0-9 . _ - and begins with a letter or digit.')
}

/** The rules of `Neighbour.name`. Throws OperatingError `bad-name`, retry `never`. */
export function checkNeighbourName(name: string): void {
  if (!plainName.test(name)) throw badName(name, 'A name of a neighbour is 1 to 64 of a-z 0-9 -.')
}

/** The rules of `Area.name`. Throws OperatingError `bad-name`, retry `never`. */
export function checkAreaName(name: string): void {
  if (userName.test(name)) return
  throw badName(name, 'A name of an area is 1 to 64 of a-z 0-9 . _ - and begins with a letter or digit.')
}

/** The rules of `NeighbourHandle.name`. Throws OperatingError `bad-name`, retry `never`. */
export function checkHandleName(name: string): void {
  const fits =
    name !== '' && Buffer.byteLength(name) <= 255 && !name.includes('\0') && Buffer.from(name).toString() === name
  if (!fits || name === 'sendmail' || name === 'posthorn') {
    const taken = 'not `sendmail` or `posthorn`, which are the mail of this node and what nodes tell each other'
    throw badName(name, `A handle is 1 to 255 bytes without NUL, and ${taken}.`)
  }
}

function badName(name: string, rule: string): OperatingError {
  const fields = { name: name.slice(0, 100) }
  return new OperatingError(rule, { code: 'bad-name', retry: 'never', fields })
}
