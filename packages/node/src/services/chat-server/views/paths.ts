/**
 * Paths by which files of an account are read, below `/api/v1/files/`: what it belongs to, and the engine's own name
 * for the file, which is made of its content. So what one person's browser keeps another cannot ask it for.
 */
import { basename } from 'node:path'

export type FileOwner = 'message' | 'contact' | 'chat'

const filesPath = '/api/v1/files/'

/** Null where the engine has no file. */
export function servedPath(owner: FileOwner, id: number, file: string | null, name = ''): string | null {
  if (file === null || file === '') return null
  const parts = [owner, `${id}`, basename(file), ...(name === '' ? [] : [name])]
  return `${filesPath}${parts.map(encodeURIComponent).join('/')}`
}
