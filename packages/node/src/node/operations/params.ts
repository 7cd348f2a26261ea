/** What each operation may be asked with. The admin socket carries claims: whatever does not fit is refused whole. */
import { isAbsolute } from 'node:path'
import * as v from 'valibot'
import { OperatingError } from '../../base/errors.ts'
import type { OperationName, ParamsOf } from './types.ts'

const nameCharactersMax = 256
const pathCharactersMax = 4096
const cardCharactersMax = 1024 * 1024
const listedMax = 32

const name = v.pipe(v.string(), v.maxLength(nameCharactersMax))
const password = v.exactOptional(v.pipe(v.string(), v.maxLength(nameCharactersMax)))
const path = v.pipe(v.string(), v.maxLength(pathCharactersMax), v.check(isPath, 'must be an absolute path'))
const names = v.exactOptional(v.pipe(v.array(name), v.maxLength(listedMax)))
/** Addresses are shown on terminals. */
const url = v.pipe(name, v.regex(/^[\x21-\x7e]+$/, 'must be a URL in plain characters'))
const nothing = v.strictObject({})

type Schemas = { readonly [N in OperationName]: v.GenericSchema<unknown, ParamsOf<N>> }

const schemas: Schemas = {
  status: nothing,
  'user.add': v.strictObject({ name, password }),
  'user.list': nothing,
  'user.password': v.strictObject({ name, password }),
  'user.remove': v.strictObject({ name }),
  'card.show': nothing,
  'neighbour.add': v.strictObject({
    card: v.pipe(v.string(), v.maxLength(cardCharactersMax)),
    name: v.exactOptional(name),
    via: names,
    addr: v.exactOptional(v.pipe(v.array(url), v.maxLength(listedMax))),
    custody: v.exactOptional(v.picklist(['ack', 'copy'])),
  }),
  'neighbour.list': nothing,
  'neighbour.show': v.strictObject({ name }),
  'neighbour.remove': v.strictObject({ name }),
  'folder.add': v.strictObject({ path, name: v.exactOptional(name) }),
  'folder.list': nothing,
  'folder.remove': v.strictObject({ name: v.pipe(v.string(), v.maxLength(pathCharactersMax)) }),
  'folder.sync': v.strictObject({ folder: v.exactOptional(v.pipe(v.string(), v.maxLength(pathCharactersMax))) }),
  toss: nothing,
  'quarantine.list': nothing,
  'quarantine.remove': v.strictObject({ number: v.pipe(v.number(), v.safeInteger()) }),
}

/** @throws OperatingError `bad-request` that names the parameter, never its value. */
export function checkedParams<N extends OperationName>(operation: N, params: unknown): ParamsOf<N> {
  const schema: v.GenericSchema<unknown, ParamsOf<N>> = schemas[operation]
  const result = v.safeParse(schema, params)
  if (result.success) return result.output
  const paths = result.issues.map(issue => v.getDotPath(issue) ?? 'the parameters')
  throw new OperatingError(`${operation} cannot be asked like this: look at ${paths.slice(0, 10).join(', ')}.`, {
    code: 'bad-request',
    retry: 'never',
  })
}

function isPath(text: string): boolean {
  return isAbsolute(text) && !text.includes('\0')
}
