import { chunkLimits } from './limits.ts'

/** What the name of a file says: it describes the chunks of a file, or is one of them. */
export type ChunkedName =
  | { readonly kind: 'meta'; readonly name: string }
  | { readonly kind: 'chunk'; readonly name: string; readonly number: number }

export function metaName(name: string): string {
  return `${name}.nncp.meta`
}

export function chunkName(name: string, number: number): string {
  return `${name}.nncp.chunk${number}`
}

const ending = /^(.+)\.nncp\.(?:meta|chunk(0|[1-9]\d{0,6}))$/s

/**
 * `undefined` for any other file: nothing stands before the ending, the number is written in another way (`chunk01`),
 * or it is beyond the number of chunks that we take.
 */
export function parseChunkedName(path: string): ChunkedName | undefined {
  const [, name, digits] = ending.exec(path) ?? []
  if (name === undefined || name.endsWith('/')) return undefined
  if (digits === undefined) return { kind: 'meta', name }
  const number = Number(digits)
  return number < chunkLimits.chunksMax ? { kind: 'chunk', name, number } : undefined
}
