import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { open, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../clock.ts'
import { KeptOutput } from './output.ts'
import { type RunOptions, runProgram } from './run.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-run-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function run(command: readonly string[], options: Partial<RunOptions> & { input?: string } = {}) {
  const path = join(folder, 'input')
  await writeFile(path, options.input ?? '')
  const file = await open(path, 'r')
  const usual = { timeoutMs: 60_000, outputBytesMax: 10_000, clock: systemClock, signal: new AbortController().signal }
  const environment = { PATH: '/usr/bin:/bin', NNCP_NICE: '7' }
  try {
    return await runProgram({ command, environment, input: file.fd }, { ...usual, ...options })
  } finally {
    await file.close()
  }
}

const sh = (script: string, ...args: string[]) => ['/bin/sh', '-c', script, 'test', ...args]

/** Is a process with this id running? A zombie that nobody waits for is not. */
function runs(pid: string): boolean {
  try {
    return !execFileSync('ps', ['-o', 'stat=', '-p', pid]).toString().trim().startsWith('Z')
  } catch {
    return false
  }
}

/** Machines that run tests are busy. */
const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 20_000 })

describe('a program', () => {
  it('gets arguments, input and environment, and nothing else', async () => {
    const args = ['', ' a  b ', '-rf', '$(id); `id` | "x" \'y\' *', 'Grüße\n✓']
    const script = 'for arg in "$@"; do printf "[%s]" "$arg"; done; echo; cat; echo; pwd; env; ls -l /proc/self/fd'
    const end = await run(sh(script, ...args), { input: 'the body' })
    expect(end).toMatchObject({ done: true })
    const [words, ...lines] = end.output.split('the body')
    expect(words).toBe(`${args.map(arg => `[${arg}]`).join('')}\n`)
    const rest = lines.join('').trim().split('\n')
    expect(rest[0]).toBe('/')
    const names = rest.filter(line => /^\w+=/.test(line)).map(line => line.split('=')[0] ?? '')
    expect(names.filter(name => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name)).sort()).toEqual(['NNCP_NICE', 'PATH'])
    // Of the files that are open here, only its input.
    expect(rest.filter(line => line.includes(folder))).toHaveLength(1)
  })

  it.each([
    ['exit 3', 'ended with 3'],
    ['kill -SEGV $$', 'was killed by SIGSEGV'],
  ])('that fails: %s', async (script, how) => {
    const status = /^ended with (\d+)$/.exec(how)?.[1]
    expect(await run(sh(`echo out; echo err >&2; ${script}`))).toEqual({
      status: status === undefined ? null : Number(status),
      errors: 'err\n',
      done: false,
      how,
      output: 'out\nerr\n',
    })
  })

  it.each([[['/nowhere/program']], [['/etc/passwd']], [['']]])('that cannot be started: %j', async command => {
    const end = await run(command)
    expect(end.done).toBe(false)
    expect(end.how).toContain('could not be started')
  })

  it('that floods is read to its end and kept to a bound', async () => {
    const end = await run(sh('echo begin; head -c 30000000 /dev/zero | tr "\\0" x; echo; echo end >&2'))
    expect(end.done).toBe(true)
    expect(end.output.length).toBeLessThan(10_100)
    expect(end.output).toMatch(/^begin\nx+\n\[… \d+ bytes were left out …\]\nx+\nend\n$/)
  })
})

describe('the process group of a program', () => {
  const stubborn = (file: string) => `(trap "" TERM; exec sleep 1000) & echo $! > ${file}.new; mv ${file}.new ${file}`

  /** The time is over when the test says so; all other waits are short. */
  function ownClock() {
    const over = new AbortController()
    const waits: number[] = []
    const sleep = async (delayMs: number, signal: AbortSignal) => {
      waits.push(delayMs)
      if (delayMs !== 60_000) return systemClock.sleep(Math.min(delayMs, 300), signal)
      await new Promise(resolve => AbortSignal.any([signal, over.signal]).addEventListener('abort', resolve))
      if (signal.aborted) throw signal.reason
    }
    return { clock: { ...systemClock, sleep }, over, waits }
  }

  it('is stopped when the time is over, even what ignores being asked', async () => {
    const file = join(folder, 'timeout')
    const { clock, over } = ownClock()
    const running = run(sh(`trap "echo asked; exit 0" TERM; ${stubborn(file)}; wait`), { clock })
    const pid = await until(() => readFile(file, 'utf8'))
    over.abort()
    expect(await running).toEqual({
      status: null,
      errors: '',
      done: false,
      how: 'did not end within 60 s and was stopped',
      output: 'asked\n',
    })
    await until(() => expect(runs(pid.trim())).toBe(false))
  })

  it('is killed when it does not end by itself', async () => {
    const file = join(folder, 'ignores')
    const { clock, over, waits } = ownClock()
    const running = run(sh(`trap "" TERM; echo > ${file}; while :; do sleep 1000; done`), { clock })
    await until(() => readFile(file))
    over.abort()
    expect(await running).toMatchObject({ done: false, how: 'did not end within 60 s and was stopped' })
    expect(waits).toContain(5000)
  })

  it('ends with the program: nothing that it left running holds us up', async () => {
    const file = join(folder, 'left')
    expect(await run(sh(stubborn(file)))).toMatchObject({ done: true })
    await until(async () => expect(runs((await readFile(file, 'utf8')).trim())).toBe(false))
  })

  it('ends when the node stops', async () => {
    const file = join(folder, 'stop')
    const stop = new AbortController()
    const running = run(sh(`${stubborn(file)}; wait`), { signal: stop.signal })
    const pid = await until(() => readFile(file, 'utf8'))
    stop.abort()
    await expect(running).rejects.toMatchObject({ name: 'AbortError' })
    await until(() => expect(runs(pid.trim())).toBe(false))
    await expect(run(['/bin/true'], { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('output that is kept', () => {
  const kept = (bytesMax: number, ...chunks: string[]) => {
    const output = new KeptOutput(bytesMax)
    for (const chunk of chunks) output.add(Buffer.from(chunk))
    return output.text()
  }

  it('is all of it up to the bound, then its beginning and its end', () => {
    expect(kept(10, 'abc', 'defg', 'hij')).toBe('abcdefghij')
    expect(kept(10, 'abcdefg', 'hijklmnop')).toBe('abcde\n[… 6 bytes were left out …]\nlmnop')
    expect(kept(10, ...'abcdefghijklmnop'.split(''))).toBe('abcde\n[… 6 bytes were left out …]\nlmnop')
    expect(kept(10, 'abcdefghijklmnop'.repeat(1000))).toMatch(/^abcde\n.* 15990 .*\nlmnop$/)
    expect(kept(0, 'abc')).toBe('\n[… 3 bytes were left out …]\n')
    expect(kept(10)).toBe('')
  })
})
