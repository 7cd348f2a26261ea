/**
 * Builds what runs: types and libraries with the compiler, the node and its command line as one file, the web app.
 *
 * `@posthorn/*` go into the bundle from their sources; the dependencies that packages/node declares stay outside.
 */
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withSetupLock } from './lock.mjs'
import { at, fail, readIfThere, readJson, root, sha256 } from './repository.mjs'
import { capture, localTool } from './run.mjs'
import { buildWeb, webEntry } from './web.mjs'

const entry = at('packages', 'node', 'src', 'cli', 'main.ts')
const bundlePath = at('packages', 'node', 'dist', 'posthorn.js')
const stampPath = at('packages', 'node', 'dist', '.build-stamp')
const libraries = ['nncp', 'imap'].map(name => at('packages', name, 'dist', 'index.js'))

/** Builds unless the last build was made of the same sources. */
export async function ensureBuilt() {
  if (isFresh()) return
  await withSetupLock(async () => {
    if (!isFresh()) await buildNow()
  })
}

/** Builds whatever was there before. */
export function build() {
  return withSetupLock(buildNow)
}

async function buildNow() {
  process.stderr.write('Building…\n')
  const stamp = sourcesStamp()
  rmSync(stampPath, { force: true })
  await compile()
  await bundle()
  await buildWeb()
  writeFileSync(stampPath, stamp)
}

async function compile() {
  const [command, prefix] = localTool('typescript', 'tsc')
  const { code, output } = await capture(command, [...prefix, '-b', at('packages', 'node')])
  if (code === 0) return
  process.stderr.write(output)
  fail('The build failed: the compiler found the faults above.')
}

async function bundle() {
  if (readIfThere(entry) === null) fail('The build failed: packages/node/src/cli/main.ts is missing.')
  const { build: esbuild } = await import('esbuild')
  const { dependencies, version } = readJson(at('packages', 'node', 'package.json'))
  const result = await esbuild({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: bundlePath,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: true,
    sourcesContent: false,
    loader: { '.sql': 'text' },
    define: { POSTHORN_VERSION: JSON.stringify(version) },
    conditions: ['posthorn-source'],
    external: Object.keys(dependencies).filter(name => !name.startsWith('@posthorn/')),
    logLevel: 'warning',
    write: false,
  }).catch(() => fail('The build failed: the bundler found the faults above.'))
  // Renamed into place, so that a command started meanwhile finds the old bundle or the new one, never half of one.
  for (const file of result.outputFiles) {
    writeFileSync(`${file.path}.new`, file.contents)
    renameSync(`${file.path}.new`, file.path)
  }
}

function isFresh() {
  if ([bundlePath, webEntry, ...libraries].some(path => readIfThere(path) === null)) return false
  return readIfThere(stampPath) === sourcesStamp()
}

/** A hash over all that the build reads. By content: a fresh clone gives every file a new time. */
function sourcesStamp() {
  const tools = ['build.mjs', 'web.mjs'].map(name => at('tools', 'lib', name))
  const paths = [at('package-lock.json'), at('tsconfig.base.json'), ...tools, ...webPages()]
  for (const { name } of readdirSync(at('packages'), { withFileTypes: true }).filter(item => item.isDirectory())) {
    paths.push(at('packages', name, 'package.json'), at('packages', name, 'tsconfig.json'))
    paths.push(...filesUnder(at('packages', name, 'src')).filter(path => !/\.test\.tsx?$/.test(path)))
  }
  return sha256(paths.map(path => `${path.slice(root.length)} ${hashOf(path)}\n`).join(''))
}

/** What the web app is made of besides its sources. */
function webPages() {
  const folder = at('packages', 'web')
  return [join(folder, 'index.html'), join(folder, 'vite.config.ts'), ...filesUnder(join(folder, 'public'))]
}

/** @param {string} path */
function hashOf(path) {
  const text = readIfThere(path)
  return text === null ? 'none' : sha256(text)
}

/** @param {string} folder @returns {string[]} */
function filesUnder(folder) {
  let entries
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(item => (item.isDirectory() ? filesUnder(join(folder, item.name)) : [join(folder, item.name)]))
}
