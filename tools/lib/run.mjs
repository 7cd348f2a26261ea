/** Child processes, always without a shell, so that no argument is ever read as anything else. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { at, readJson, root } from './repository.mjs'

/** What a shell would say. @param {number | null} code @param {NodeJS.Signals | null} signal */
export function exitCodeOf(code, signal) {
  return code ?? 128 + (signal ? constants.signals[signal] : 0)
}

/**
 * Runs a program that shares our output and gets no input. Resolves with its exit code.
 * @param {string} command @param {string[]} args @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>}
 */
export function run(command, args, options = {}) {
  return new Promise((done, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], ...options })
    child.once('error', reject)
    child.once('exit', (code, signal) => done(exitCodeOf(code, signal)))
  })
}

/**
 * Runs a program and keeps what it says. Resolves also when it fails or cannot be started.
 * @param {string} command @param {string[]} args @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
export function capture(command, args, options = {}) {
  return new Promise(done => {
    const child = spawn(command, args, { cwd: root, ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', text => {
        output = (output + text).slice(-200_000)
      })
    }
    child.once('error', error => done({ code: 127, output: `${output}${error.message}\n` }))
    child.once('close', (code, signal) => done({ code: exitCodeOf(code, signal), output }))
  })
}

/**
 * Command line of a tool from node_modules, started by this very Node: no PATH, no `.cmd` wrapper, no registry look-up.
 * @param {string} packageName @param {string} bin @returns {[string, string[]]}
 */
export function localTool(packageName, bin = packageName) {
  const declared = readJson(at('node_modules', packageName, 'package.json')).bin
  const path = typeof declared === 'string' ? declared : declared[bin]
  return [process.execPath, [at('node_modules', packageName, path)]]
}

/** @param {string} packageName @param {string} bin @param {string[]} args */
export function runTool(packageName, bin, args) {
  const [command, prefix] = localTool(packageName, bin)
  return run(command, [...prefix, ...args])
}
