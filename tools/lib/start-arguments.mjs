import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Options that only the making of a home understands. */
const initOptions = new Set(['--name', '--ports'])
const initFlags = new Set(['--loopback'])

/**
 * Sorts the arguments of `npm start` into those for `posthorn init` and those for `posthorn start`.
 * @param {string[]} args @param {{ env: Record<string, string | undefined>, cwd: string }} context
 * @returns {{ home: string, init: string[], start: string[] } | { fault: string }}
 */
export function startArguments(args, { env, cwd }) {
  let home
  const init = []
  const start = []
  const waiting = [...args]
  for (let argument = waiting.shift(); argument !== undefined; argument = waiting.shift()) {
    if (initFlags.has(argument)) {
      init.push(argument)
      continue
    }
    const [option, attached] = splitOption(argument)
    if (option !== '--home' && !initOptions.has(option)) {
      start.push(argument)
      continue
    }
    const value = attached ?? waiting.shift()
    if (value === undefined || value === '') return { fault: `${option} needs a value` }
    if (option === '--home') home = value
    else init.push(option, value)
  }
  home = home ?? env['POSTHORN_HOME'] ?? ''
  return { home: home === '' ? join(homedir(), '.posthorn') : resolve(cwd, home), init, start }
}

/** `--home=x` as `['--home', 'x']`. @param {string} argument @returns {[string, string | undefined]} */
function splitOption(argument) {
  const cut = argument.indexOf('=')
  return argument.startsWith('--') && cut > 0
    ? [argument.slice(0, cut), argument.slice(cut + 1)]
    : [argument, undefined]
}
