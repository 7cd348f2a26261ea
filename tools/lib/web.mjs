/**
 * Builds the web app into packages/web/dist/app, with compressed copies beside the files, and puts all of it where the
 * node serves it from. It stays small: over slow Wi-Fi every kilobyte is waited for.
 */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip, gzipSync } from 'node:zlib'
import { at, fail, readJson } from './repository.mjs'

const appFolder = at('packages', 'web', 'dist', 'app')
const servedFolder = at('packages', 'node', 'dist', 'web')
const compressed = /\.(js|css|html|json|svg|webmanifest|txt)$/

/** In bytes of gzip. */
export const budgets = { initialScript: 180 * 1024, styles: 20 * 1024, lazyChunk: 25 * 1024 }

/** The page that the node serves, and that says the app was built whole. */
export const webEntry = join(servedFolder, 'index.html')

export async function buildWeb() {
  const { build } = await import('vite')
  const configFile = at('packages', 'web', 'vite.config.ts')
  // As for production whatever the caller's own NODE_ENV is, such as that of a test.
  const previous = process.env['NODE_ENV']
  process.env['NODE_ENV'] = 'production'
  await build({ root: at('packages', 'web'), configFile, mode: 'production', logLevel: 'warn' }).catch(error => {
    fail(`The build of the web app failed: ${error instanceof Error ? error.message : error}`)
  })
  if (previous === undefined) delete process.env['NODE_ENV']
  else process.env['NODE_ENV'] = previous
  const faults = overBudget(readJson(join(appFolder, '.vite', 'manifest.json')), gzipSizeOf)
  if (faults.length > 0) fail(`The web app is too large:\n${faults.join('\n')}`)
  rmSync(join(appFolder, '.vite'), { recursive: true })
  await compressAll()
  rmSync(servedFolder, { recursive: true, force: true })
  cpSync(appFolder, servedFolder, { recursive: true })
}

/** @typedef {{ file: string, imports?: string[], css?: string[] }} Chunk */

/**
 * What is larger than it may be, in words. `sizeOf`: bytes of a file when compressed.
 * @param {Readonly<Record<string, Chunk>>} manifest @param {(file: string) => number} sizeOf @returns {string[]}
 */
export function overBudget(manifest, sizeOf) {
  const initial = new Set(['index.html'])
  for (const key of initial) for (const next of manifest[key]?.imports ?? []) initial.add(next)
  const chunks = Object.entries(manifest).filter(([, { file }]) => /\.m?js$/.test(file))
  const first = chunks.filter(([key]) => initial.has(key)).map(([, { file }]) => file)
  const sum = (/** @type {Iterable<string>} */ files) =>
    [...new Set(files)].reduce((size, file) => size + sizeOf(file), 0)
  const styles = Object.values(manifest).flatMap(({ file, css = [] }) => [
    ...css,
    ...(file.endsWith('.css') ? [file] : []),
  ])
  const faults = [
    fault(`initial script (${first.join(', ')})`, sum(first), budgets.initialScript),
    fault('all styles', sum(styles), budgets.styles),
    ...chunks
      .filter(([key]) => !initial.has(key))
      .map(([key, { file }]) => fault(`lazy chunk ${file} of ${key}`, sizeOf(file), budgets.lazyChunk)),
  ]
  return faults.filter(text => text !== '')
}

/** @param {string} what @param {number} size @param {number} max */
function fault(what, size, max) {
  if (size <= max) return ''
  return `- ${what}: ${kilobytes(size)} gzip, at most ${kilobytes(max)}. Load less at first, or take a smaller library.`
}

/** @param {number} size */
function kilobytes(size) {
  return `${(size / 1024).toFixed(1)} KB`
}

/** @param {string} file */
function gzipSizeOf(file) {
  return gzipSync(readFileSync(join(appFolder, file)), { level: 9 }).length
}

async function compressAll() {
  const files = readdirSync(appFolder, { recursive: true, withFileTypes: true })
  const paths = files
    .filter(item => item.isFile() && compressed.test(item.name))
    .map(item => join(item.parentPath, item.name))
  await Promise.all(
    paths.map(async path => {
      const bytes = readFileSync(path)
      const quality = bytes.length > 300_000 ? 9 : 11
      const params = { [constants.BROTLI_PARAM_QUALITY]: quality }
      writeFileSync(`${path}.br`, await promisify(brotliCompress)(bytes, { params }))
      writeFileSync(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }))
    }),
  )
}
