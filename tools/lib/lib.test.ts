import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { isOnPath } from './debian.mjs'
import { matchesLock, requireNode, withoutHosts } from './install.mjs'
import { withSetupLock } from './lock.mjs'
import { capture, run } from './run.mjs'
import { startArguments } from './start-arguments.mjs'
import { budgets, overBudget } from './web.mjs'

describe('installing', () => {
  const lock = (packages: object) => JSON.stringify({ packages })
  const one = { version: '1.0.0', integrity: 'sha512-a' }

  test('what npm put there is compared with the lock file', () => {
    const wanted = lock({ '': {}, 'packages/a': { version: '1' }, 'node_modules/b': one })
    expect(matchesLock(wanted, lock({ 'node_modules/b': one }))).toBe(true)
    expect(matchesLock(wanted, lock({ 'node_modules/b': { ...one, version: '1.0.1' } }))).toBe(false)
    expect(matchesLock(wanted, lock({ 'node_modules/b': { ...one, integrity: 'sha512-b' } }))).toBe(false)
    expect(matchesLock(wanted, lock({}))).toBe(false)
    expect(matchesLock(wanted, null)).toBe(false)
  })

  test('packages for other platforms may be missing', () => {
    const wanted = lock({ 'node_modules/b': one, 'node_modules/c': { ...one, optional: true } })
    expect(matchesLock(wanted, lock({ 'node_modules/b': one }))).toBe(true)
  })

  test('no host name of what npm or apt said is shown', () => {
    const said = [
      'npm error network request to https://packages.example.org/left-pad failed',
      'npm error code ENOTFOUND packages.example.org',
      'npm error reason: connect ECONNREFUSED 192.0.2.7:443',
      'Err:1 http://deb.example.net/debian bookworm InRelease',
    ].join('\n')
    const shown = withoutHosts(said)
    expect(shown).not.toMatch(/example|192\.0\.2\.7/)
    expect(shown).toContain('left-pad failed')
    expect(shown).toContain('ECONNREFUSED')
  })

  test('an old Node is refused with both versions', () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation(code => {
      throw new Error(`exit ${code}`)
    })
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    try {
      for (const version of ['20.19.0', '20.20.2', '22.0.0']) requireNode(version)
      expect(write).not.toHaveBeenCalled()
      for (const version of ['20.18.9', '18.20.0']) expect(() => requireNode(version)).toThrow('exit 1')
      expect(write).toHaveBeenCalledWith(expect.stringMatching(/needs Node\.js 20\.19 or newer; this is 18\.20\.0/))
    } finally {
      exit.mockRestore()
      write.mockRestore()
    }
  })
})

describe('the arguments of npm start', () => {
  const context = { env: {}, cwd: '/somewhere' }

  test.each([
    [[], { home: join(homedir(), '.posthorn'), init: [], start: [] }],
    [['--home', '/a'], { home: '/a', init: [], start: [] }],
    [['--home=b', '--lan'], { home: '/somewhere/b', init: [], start: ['--lan'] }],
    [['--loopback', '--lan'], { home: join(homedir(), '.posthorn'), init: ['--loopback'], start: ['--lan'] }],
    [
      ['--lan', '--name', 'camp', '--ports=auto', '--home', '/a'],
      { home: '/a', init: ['--name', 'camp', '--ports', 'auto'], start: ['--lan'] },
    ],
    [['--home'], { fault: '--home needs a value' }],
    [['--home='], { fault: '--home needs a value' }],
  ])('%j', (args, expected) => {
    expect(startArguments(args, context)).toEqual(expected)
  })

  test('POSTHORN_HOME is used when no --home is given', () => {
    const env = { POSTHORN_HOME: '/camp' }
    expect(startArguments([], { ...context, env })).toMatchObject({ home: '/camp' })
    expect(startArguments(['--home', '/a'], { ...context, env })).toMatchObject({ home: '/a' })
  })
})

describe('the setup lock', () => {
  async function inFolder(work: (lock: string) => Promise<void>): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'lock-'))
    try {
      await work(join(folder, 'lock'))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  test('is let go after the work, done or failed', () =>
    inFolder(async lock => {
      expect(await withSetupLock(async () => readFileSync(lock, 'utf8'), lock)).toBe(String(process.pid))
      await expect(withSetupLock(() => Promise.reject(new Error('no')), lock)).rejects.toThrow('no')
      expect(existsSync(lock)).toBe(false)
    }))

  test('is taken over from a process that is gone', () =>
    inFolder(async lock => {
      const gone = await capture(process.execPath, ['-p', 'process.pid'])
      writeFileSync(lock, gone.output.trim())
      expect(await withSetupLock(async () => readFileSync(lock, 'utf8'), lock)).toBe(String(process.pid))
    }))

  test('is waited for while its process lives', () =>
    inFolder(async lock => {
      const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
      try {
        writeFileSync(lock, String(process.ppid))
        const told = new Promise<void>(resolve => {
          write.mockImplementation(() => {
            resolve()
            return true
          })
        })
        const done = withSetupLock(async () => 'done', lock)
        await told
        expect(readFileSync(lock, 'utf8')).toBe(String(process.ppid))
        rmSync(lock)
        expect(await done).toBe('done')
      } finally {
        write.mockRestore()
      }
    }))
})

describe('running', () => {
  const node = process.execPath

  test('exit codes come back, those of signals as a shell counts them', async () => {
    expect(await run(node, ['-e', 'process.exit(3)'])).toBe(3)
    expect(await run(node, ['-e', 'process.kill(process.pid, "SIGTERM")'])).toBe(143)
  })

  test('what a program says is kept, and a program that is missing is an exit code too', async () => {
    const script = 'console.log(1); console.error(2)'
    expect((await capture(node, ['-e', script])).output.split('\n').sort()).toEqual(['', '1', '2'])
    expect((await capture('/no/such/program', [])).code).toBe(127)
  })

  test('arguments reach the program as they are', async () => {
    const said = await capture(node, ['-p', 'process.argv[1]', '$(id) `id` "; id'])
    expect(said.output).toBe('$(id) `id` "; id\n')
  })

  test('programs are looked for on the PATH, executable ones only', () => {
    const folder = mkdtempSync(join(tmpdir(), 'path-'))
    try {
      writeFileSync(join(folder, 'there'), '')
      expect(isOnPath('there', ['/no/such/folder', folder].join(delimiter))).toBe(false)
      chmodSync(join(folder, 'there'), 0o755)
      expect(isOnPath('there', ['/no/such/folder', folder].join(delimiter))).toBe(true)
      expect(isOnPath('absent', folder)).toBe(false)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

describe('size of the web app', () => {
  const manifest = {
    'index.html': { file: 'a.js', imports: ['_shared.js'], css: ['a.css'] },
    '_shared.js': { file: 'b.js' },
    'src/network/index.tsx': { file: 'c.js', css: ['c.css'] },
  }
  const sizes = (size: Readonly<Record<string, number>>) => (file: string) => size[file] ?? 0

  test('what is just as large as it may be is no fault', () => {
    const { initialScript, styles, lazyChunk } = budgets
    const size = { 'a.js': initialScript - 1, 'b.js': 1, 'c.js': lazyChunk, 'a.css': styles - 5, 'c.css': 5 }
    expect(overBudget(manifest, sizes(size))).toEqual([])
  })

  test('each excess names its chunk and by how much', () => {
    const size = { 'a.js': budgets.initialScript, 'b.js': 1024, 'c.js': 26 * 1024, 'c.css': 21 * 1024 }
    const faults = overBudget(manifest, sizes(size))
    expect(faults).toHaveLength(3)
    expect(faults[0]).toContain('initial script (a.js, b.js): 181.0 KB gzip, at most 180.0 KB')
    expect(faults[1]).toContain('all styles: 21.0 KB')
    expect(faults[2]).toContain('lazy chunk c.js of src/network/index.tsx: 26.0 KB')
  })
})
