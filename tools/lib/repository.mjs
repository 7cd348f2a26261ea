import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of this checkout. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** @param {string[]} parts */
export function at(...parts) {
  return join(root, ...parts)
}

/** @param {string} path */
export function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

/** The text of a file, or null when there is none. @param {string} path */
export function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return null
    throw error
  }
}

/** The code of an error of the operating system, or an empty string. @param {unknown} error */
export function codeOf(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** @param {string | Uint8Array} bytes */
export function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Ends the script with one clear line and no stack. @param {string} message @returns {never} */
export function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
