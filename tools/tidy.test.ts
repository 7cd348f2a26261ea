import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeProject, readTree } from './tidy/project.ts'
import { checkout, lineOf, tidy } from './tidy.ts'

/** A small tree in which nothing is wrong; `changes` add files or replace them. */
function faultsOf(changes: Readonly<Record<string, string>>): readonly string[] {
  const manifest = (name: string, more: object) => JSON.stringify({ name, ...more })
  const entry = { exports: { '.': { 'posthorn-source': './src/index.ts' } } }
  const tree: Record<string, string> = {
    'package.json': manifest('workspace', { devDependencies: { vitest: '1', 'fast-check': '1' } }),
    'packages/nncp/package.json': manifest('@posthorn/nncp', { ...entry, dependencies: { '@noble/hashes': '1' } }),
    'packages/nncp/src/index.ts': "export { blake3 } from '@noble/hashes/blake3.js'\n",
    'packages/imap/package.json': manifest('@posthorn/imap', entry),
    'packages/imap/src/index.ts': 'export const imap = 1\n',
    'packages/node/package.json': manifest('posthorn', { dependencies: { '@posthorn/nncp': '1' } }),
    'packages/node/src/cli/main.ts': "import '../node/assemble.ts'\nimport '@posthorn/nncp'\n",
    'packages/node/src/node/assemble.ts': '',
  }
  return tidy(makeProject(new Map(Object.entries({ ...tree, ...changes })))).map(lineOf)
}

/** Makes the given files of packages/node live, so that only the fault in question shows. */
function inNode(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const paths = Object.keys(files).map(path => [`packages/node/src/${path}`, files[path] ?? ''] as const)
  const modules = Object.keys(files).filter(path => path.endsWith('.ts'))
  const imports = modules.map(path => `import '../${path}'\n`)
  const assemble = { 'packages/node/src/node/assemble.ts': imports.join('') }
  return { ...assemble, ...Object.fromEntries(paths) }
}

test('this checkout is tidy', () => {
  expect(tidy(checkout()).map(lineOf)).toEqual([])
})

test('a small tree in which nothing is wrong has no faults', () => {
  expect(faultsOf({})).toEqual([])
})

test('an empty tree, and one without most rooms, is no fault', () => {
  expect(tidy(makeProject(new Map()))).toEqual([])
  expect(tidy(makeProject(new Map([['packages/web/src/index.ts', '']])))).toHaveLength(1)
})

describe('layers', () => {
  const spool = 'packages/node/src/stores/spool/spool.ts'

  test.each([
    ['stores/a.ts', '../services/postoffice/index.ts', 'stores may not import services'],
    ['stores/a.ts', '../links/folder.ts', 'stores may not import links'],
    ['links/a.ts', '../stores/spool/spool.ts', 'links may not import stores'],
    ['base/a.ts', '../stores/spool/spool.ts', 'base may not import stores'],
    ['services/a.ts', '../node/assemble.ts', 'services may not import node'],
    ['node/a.ts', '../cli/main.ts', 'node may not import cli'],
    ['base/a.ts', '@posthorn/nncp', 'base may not import @posthorn/nncp'],
    ['services/courier/a.ts', '../postoffice/index.ts', 'services/courier may not import services/postoffice'],
  ])('%s importing %s', (from, specifier, message) => {
    const tree = inNode({
      [from]: `import type { X } from '${specifier}'\nexport const x: X = 1\n`,
      'services/postoffice/index.ts': '',
      'links/folder.ts': '',
      'stores/spool/spool.ts': '',
    })
    const found = faultsOf(tree).filter(line => line.includes(' layers '))
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(`packages/node/src/${from}:1 layers ${message}`)
  })

  test('downward and sideways imports are allowed', () => {
    const tree = inNode({
      'services/courier/a.ts': "import '../../stores/spool/spool.ts'\nimport '../../links/b.ts'\n",
      'services/mail-server/a.ts': "import '../postoffice/index.ts'\n",
      'services/postoffice/index.ts': "import '../../base/c.ts'\n",
      'links/b.ts': '',
      'base/c.ts': '',
      'stores/spool/spool.ts': "import '../../base/c.ts'\nimport '@posthorn/nncp'\n",
    })
    expect(faultsOf(tree)).toEqual([])
  })

  test('a protocol package knows no other package, and paths do not leave a package', () => {
    const tree = {
      'packages/nncp/src/index.ts': "import '@noble/hashes'\nimport '@posthorn/imap'\n",
      'packages/imap/src/index.ts': "import '../../nncp/src/index.ts'\n",
      [spool]: '',
    }
    expect(faultsOf(tree)).toEqual(
      expect.arrayContaining([
        'packages/nncp/src/index.ts:2 layers @posthorn/nncp may not import @posthorn/imap',
        'packages/imap/src/index.ts:1 layers ../../nncp/src/index.ts leaves packages/imap: ' +
          'import the other package by its name',
      ]),
    )
  })

  test('a room without a place in the order is named', () => {
    const found = faultsOf(inNode({ 'attic/a.ts': "import '../base/b.ts'\n", 'base/b.ts': '' }))
    expect(found.join('\n')).toContain('packages/node/src/attic/a.ts:1 layers attic is no room')
  })
})

describe('pages', () => {
  const manifest = JSON.stringify({ name: '@posthorn/web', dependencies: { '@posthorn/api': '1' } })
  const api = { 'packages/api/package.json': '{"name":"@posthorn/api"}', 'packages/api/src/index.ts': '' }
  /** A page with a component that has a style. */
  function faultsOfPage(files: Readonly<Record<string, string>>): readonly string[] {
    const sources = Object.entries(files).map(([path, text]) => [`packages/web/src/${path}`, text] as const)
    const modules = Object.keys(files).filter(path => /\.tsx?$/.test(path) && !path.includes('.test.'))
    const main = `import '@posthorn/api'\n${modules.map(path => `import './${path}'\n`).join('')}`
    const page = { 'packages/web/package.json': manifest, 'packages/web/src/main.tsx': main, ...api }
    return faultsOf({ ...page, ...Object.fromEntries(sources) })
  }

  test('words are not written into elements', () => {
    expect(faultsOfPage({ 'app/a.tsx': 'const a = <p>{x} · 1</p>\n' })).toEqual([])
    expect(faultsOfPage({ 'app/a.tsx': 'const a = <p>\n  Don’t\n</p>\n' })).toEqual([
      expect.stringContaining('packages/web/src/app/a.tsx:1 literal-text Don’t'),
    ])
    expect(faultsOfPage({ 'app/a.test.tsx': 'render(<p>Hello</p>)\n' })).toEqual([])
  })

  test.each(['a.innerHTML = b', 'const a = <p dangerouslySetInnerHTML={b} />', 'a.insertAdjacentHTML(b, c)'])(
    'no text becomes part of a page: %s',
    text => {
      expect(faultsOfPage({ 'app/a.tsx': `${text}\n` })).toEqual([expect.stringContaining(' unsafe-html ')])
    },
  )

  test('styles that are not there, not used, or not imported', () => {
    const component = "import css from './a.module.css'\nconst a = <p className={css['one']} id={css['three']} />\n"
    const style = '.one {\n  margin: 0.5rem;\n}\n/* .four */\n.one:hover .two {\n  color: red;\n}\n'
    const files = { 'app/a.tsx': component, 'app/a.module.css': style, 'app/b.module.css': '' }
    expect(faultsOfPage(files)).toEqual([
      expect.stringContaining('packages/web/src/app/a.module.css:5 styles .two is not used by a.tsx'),
      expect.stringContaining('packages/web/src/app/a.tsx:2 styles .three is not in ./a.module.css'),
      expect.stringContaining('packages/web/src/app/b.module.css:1 dead-file'),
    ])
    const computed = component.replace("css['three']", 'css[look]')
    expect(faultsOfPage({ 'app/a.tsx': computed, 'app/a.module.css': style })).toEqual([])
  })

  test('styles turn with the direction of writing', () => {
    const component = "import css from './a.module.css'\nconst a = css['a']\n"
    const style =
      '.a {\n  margin-left: 0;\n  padding-inline-start: 1px;\n  text-align: right;\n  inset-block-end: 0;\n}\n'
    const found = faultsOfPage({ 'app/a.ts': component, 'app/a.module.css': style })
    expect(found.map(line => line.split(' ')[0])).toEqual([
      'packages/web/src/app/a.module.css:2',
      'packages/web/src/app/a.module.css:4',
    ])
  })

  test('rooms that do not know each other', () => {
    const found = faultsOfPage({
      'chats/a.tsx': "import '../conversation/b.tsx'\nimport '../ui/c.ts'\n",
      'conversation/b.tsx': "import '../chats/a.tsx'\n",
      'ui/c.ts': "import '../api/d.ts'\n",
      'api/d.ts': '',
    })
    expect(found.map(line => line.split(' layers ')[1])).toEqual([
      'chats may not import conversation',
      'ui may not import api',
    ])
  })
})

describe('platform', () => {
  test.each([
    ["import { readFileSync } from 'node:fs'\nreadFileSync('x')\n", 'node:fs: this package imports nothing of Node'],
    ['const at = Date.now()\n', 'Date: '],
    ['const x = Math.random()\n', 'Math.random: '],
    ['setTimeout(() => {}, 1)\n', 'setTimeout: '],
    ['const x = globalThis.setInterval\n', 'setInterval: '],
    ["const x = Buffer.from('a')\n", 'Buffer: '],
    ['const x = process.env\n', 'process: '],
    ['const x = crypto.getRandomValues(y)\n', 'getRandomValues: '],
    // biome-format: a template's code is code
    [['const x = `$', '{Date.now()}`\n'].join(''), 'Date: '],
  ])('a protocol package with %s', (text, message) => {
    const found = faultsOf({ 'packages/imap/src/index.ts': text })
    expect(
      found.filter(line => line.startsWith('packages/imap/src/index.ts') && line.includes(` pure ${message}`)),
    ).toHaveLength(1)
  })

  test('the same words in strings, comments, keys and properties are nobody’s platform', () => {
    const text = [
      '/** Not Date, not setTimeout. */',
      'export const names = [\'Date\', "process", `Buffer`]',
      'export const keys = { Date: 1, process: 2 }',
      'export const value = keys.Date + keys.process',
      'export const pattern = /Date|process/',
      '',
    ].join('\n')
    expect(faultsOf({ 'packages/imap/src/index.ts': text })).toEqual([])
  })

  test('tests and what only tests reach may use everything', () => {
    const found = faultsOf({
      'packages/imap/src/a.test.ts': "import { now } from './helper.ts'\nimport 'node:fs'\nnow(Date.now())\n",
      'packages/imap/src/helper.ts': "import 'node:fs'\nimport 'fast-check'\nexport const now = Date.now\n",
    })
    expect(found).toEqual([])
  })

  test('the rooms of the node get their clock handed in; base and cli are the platform', () => {
    const text =
      'setTimeout(go, Date.now() + Math.random())\nexport const x = [new Date(5), new Date()]\nsocket.setTimeout(3)\n'
    const found = faultsOf(inNode({ 'services/a.ts': text, 'base/clock.ts': text, 'cli/b.ts': text }))
    const timeless = found.filter(line => line.includes(' timeless '))
    expect(timeless.map(line => line.split(' timeless ')[1]?.split(':')[0])).toEqual([
      'setTimeout',
      'Date',
      'Math.random',
      'Date',
    ])
    expect(timeless.every(line => line.startsWith('packages/node/src/services/a.ts'))).toBe(true)
  })
})

describe('dependencies', () => {
  test('what a package imports it must declare itself', () => {
    const found = faultsOf({
      'packages/imap/src/index.ts': "import '@noble/hashes/sha2.js'\nexport const x = await import('left-pad/x')\n",
    })
    expect(found).toEqual([
      'packages/imap/src/index.ts:1 undeclared @noble/hashes is not declared in packages/imap/package.json',
      'packages/imap/src/index.ts:2 undeclared left-pad is not declared in packages/imap/package.json',
    ])
  })

  test('development dependencies are for tests, tools and benches only', () => {
    const text = "import 'fast-check'\n"
    const found = faultsOf({
      'packages/imap/src/index.ts': text,
      'packages/imap/src/a.test.ts': text,
      'tools/a.ts': text,
      'bench/speed/speed.ts': `${text}import '@posthorn/nncp'\n`,
    })
    expect(found).toEqual([
      'packages/imap/src/index.ts:1 undeclared fast-check is not declared in packages/imap/package.json',
    ])
  })

  test('what a package declares it must import', () => {
    const found = faultsOf({ 'packages/nncp/src/index.ts': 'export const x = 1\n' })
    expect(found).toEqual([
      'packages/nncp/package.json:1 unused-dependency @noble/hashes is declared and never imported',
    ])
  })

  test('a module of Node goes by its full name', () => {
    expect(faultsOf(inNode({ 'base/a.ts': "import 'fs/promises'\n" }))).toEqual([
      'packages/node/src/base/a.ts:1 node-prefix write node:fs/promises',
    ])
  })
})

describe('size', () => {
  const long = (name: string, lines: number) => `export function ${name}() {\n${'  x()\n'.repeat(lines - 2)}}\n`

  test('files: 400 lines, tests 800', () => {
    const found = faultsOf({
      'packages/imap/src/index.ts': `export * from './b.ts'\n${'x()\n'.repeat(399)}`,
      'packages/imap/src/b.ts': 'x()\n'.repeat(401),
      'packages/imap/src/c.test.ts': 'x()\n'.repeat(800),
      'packages/imap/src/d.test.ts': 'x()\n'.repeat(801),
    })
    expect(found).toEqual([
      'packages/imap/src/b.ts:401 file-length 401 lines, at most 400',
      'packages/imap/src/d.test.ts:801 file-length 801 lines, at most 800',
    ])
  })

  test('functions: 70 lines, whatever they are', () => {
    const body = '    x()\n'.repeat(69)
    const text = [
      long('fits', 70),
      long('longer', 71),
      `export const arrow = async (a: { b: number }) => {\n${body}}\n`,
      'export class C {\n',
      `  method<T extends { a: 1 }>(a: T): Promise<{ b: T }> {\n${body}  }\n`,
      '  overload(a: string): void\n',
      `  overload(a: number): asserts a is { b: 1 } {\n${body}  }\n`,
      '}\n',
    ].join('')
    const found = faultsOf({ 'packages/imap/src/index.ts': text })
    expect(found).toEqual([
      'packages/imap/src/index.ts:71 function-length longer of 71 lines, at most 70',
      'packages/imap/src/index.ts:142 function-length a function of 71 lines, at most 70',
      'packages/imap/src/index.ts:214 function-length method of 71 lines, at most 70',
      'packages/imap/src/index.ts:286 function-length overload of 71 lines, at most 70',
    ])
  })

  test('what only looks like a function is none', () => {
    const body = '  x()\n'.repeat(80)
    const values = `export const o = a ? b(c) : {\n${'  d: 1,\n'.repeat(80)}}\n`
    const text = `if (a) {\n${body}}\n${values}switch (a) {\n  case b(c): {\n${body}  }\n}\n`
    const types = `export interface Long {\n  a(): void\n${'  b(c: string): Promise<void>\n'.repeat(80)}}\n`
    expect(faultsOf({ 'packages/imap/src/index.ts': text + types })).toEqual([])
  })

  test('a group of tests may be long, each test may not', () => {
    const body = '  x()\n'.repeat(80)
    const text = `describe('a', () => {\n${body}test('short', () => {\n})\ntest('long', () => {\n${body}})\n})\n`
    const found = faultsOf({ 'packages/imap/src/a.test.ts': text })
    expect(found).toEqual(['packages/imap/src/a.test.ts:84 function-length a function of 82 lines, at most 70'])
  })

  test('lines: 120 characters as people count them, addresses excepted', () => {
    const found = faultsOf({
      'packages/imap/src/index.ts': `// ${'ü𝄞'.repeat(58)}\n// ${'x'.repeat(118)}\n// https://${'x'.repeat(200)}\n`,
      'packages/node/data.json': `"${'x'.repeat(200)}"`,
    })
    expect(found).toEqual(['packages/imap/src/index.ts:2 line-length 121 characters, at most 120'])
  })
})

describe('dead code', () => {
  test('a file that no entry point and no test reaches', () => {
    const found = faultsOf({
      'packages/imap/src/alone.ts': "import './child.ts'\n",
      'packages/imap/src/child.ts': '',
      'packages/imap/src/tested.ts': '',
      'packages/imap/src/tested.test.ts': "import './tested.ts'\n",
      'packages/node/src/stores/001.sql': '',
      'tests/helper.ts': '',
      'tools/lib/unused.mjs': '',
      'tools/program.ts': '',
    })
    expect(found).toEqual([
      'packages/imap/src/alone.ts:1 dead-file nothing imports it: no entry point, no test',
      'packages/imap/src/child.ts:1 dead-file nothing imports it: no entry point, no test',
      'packages/node/src/stores/001.sql:1 dead-file nothing imports it: no entry point, no test',
      'tests/helper.ts:1 dead-file nothing imports it: no entry point, no test',
      'tools/lib/unused.mjs:1 dead-file nothing imports it: no entry point, no test',
    ])
  })

  test('children that are started by the name of their file are alive', () => {
    const found = faultsOf({
      'tests/crash.test.ts': "fork(join(here, 'child.ts'))\nnew Worker(new URL('./worker.ts', import.meta.url))\n",
      'tests/child.ts': '',
      'tests/worker.ts': '',
    })
    expect(found).toEqual([])
  })

  test('an export that no other file imports', () => {
    const found = faultsOf({
      'packages/imap/src/index.ts': "export * from './open.ts'\nexport { named as renamed } from './some.ts'\n",
      'packages/imap/src/open.ts': 'export const everything = 1\n',
      'packages/imap/src/some.ts': [
        'export function named() {}',
        'export const { lost, found: moved } = named()',
        'export interface Shape { a: 1 }',
        'export interface Unused { a: 1 }',
        'export const shape: Shape = named()',
        'export default class {}',
        '',
      ].join('\n'),
    })
    expect(found).toEqual([
      'packages/imap/src/some.ts:2 dead-export lost: no other file imports it',
      'packages/imap/src/some.ts:2 dead-export moved: no other file imports it',
      'packages/imap/src/some.ts:4 dead-export Unused: no other file imports it',
      'packages/imap/src/some.ts:5 dead-export shape: no other file imports it',
      'packages/imap/src/some.ts:6 dead-export default: no other file imports it',
    ])
  })
})

test('a name that is passed on and that nobody takes there', () => {
  const found = faultsOf({
    'packages/imap/src/index.ts': "export { a } from './room.ts'\n",
    'packages/imap/src/room.ts': "export { a, b as c, type D } from './part.ts'\nexport * from './whole.ts'\n",
    'packages/imap/src/part.ts': 'export const a = 1\nexport const b = 2\nexport interface D {}\n',
    'packages/imap/src/whole.ts': '',
  })
  expect(found).toEqual(['packages/imap/src/room.ts:1 dead-export c: passed on, and no file imports it here'])
})

describe('marks', () => {
  test.each([
    ['// TODO later\n', 'leftover TODO'],
    ['/*\n * FIXME\n */\n', 'leftover FIXME'],
    ['debugger\n', 'leftover debugger'],
    ['console.log(1)\n', 'console console.log'],
    ['// @ts-expect-error\n', 'suppression @ts-expect-error'],
    ['/* biome-ignore lint: because */\n', 'suppression biome-ignore'],
    ['// oxlint-disable-next-line\n', 'suppression oxlint-disable'],
    ["test.only('a', () => {})\n", 'skipped-test test.only'],
    ["describe.skip('a', () => {})\n", 'skipped-test describe.skip'],
    ["test('a', context => context.skip())\n", 'skipped-test context.skip without a reason'],
  ])('%j', (text, fault) => {
    const found = faultsOf({ 'packages/imap/src/a.test.ts': text })
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(` ${fault}`)
  })

  test('words in strings, skips with a reason and output of tools are fine', () => {
    const text = "const x = 'TODO'\nreader.skip()\ntest('a', context => context.skip(!x, 'no nncp here'))\n"
    expect(faultsOf({ 'packages/imap/src/a.test.ts': text, 'tools/a.ts': 'console.log(1)\n' })).toEqual([])
  })
})

describe('texts', () => {
  test.each([['\u202e'], ['\u200b'], ['\ufeff'], ['\u0000'], ['\r']])('the hidden character %j', hidden => {
    const name = (hidden.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    expect(faultsOf({ 'docs/a.md': `fine\nnot ${hidden}fine\n` })).toEqual([
      `docs/a.md:2 hidden-character U+${name}: write it as an escape, or leave it out`,
    ])
  })

  test('SQL belongs to the stores', () => {
    const text = "import sql from './001.sql'\nimport './b.ts'\nuse(sql)\n"
    const files = { 'stores/a.ts': text, 'stores/001.sql': '', 'stores/b.ts': '' }
    const outside = { 'links/a.ts': text, 'links/001.sql': '', 'links/b.ts': '' }
    expect(faultsOf(inNode({ ...files, ...outside }))).toEqual([
      'packages/node/src/links/a.ts:1 sql ./001.sql: only stores/ may know SQL',
    ])
  })

  test('links in documents lead somewhere', () => {
    const text = '[a](b.md#part) [b](../README.md) [c](https://example.org/x.md) [d](../LICENSE) [e](../docs/)\n'
    const code = '`[f](gone.md)`\n```\n[g](gone.md)\n```\n'
    const found = faultsOf({ 'docs/a.md': text + code, 'docs/b.md': '', 'README.md': '[h](docs/gone.md)\n' })
    expect(found).toEqual(['README.md:1 broken-link docs/gone.md leads nowhere'])
  })
})

describe('the tree', () => {
  test('is read without what is built, installed or linked', () => {
    const root = mkdtempSync(join(tmpdir(), 'tidy-'))
    try {
      for (const path of ['a.ts', 'b/c.sql', 'node_modules/d.ts', 'b/dist/e.ts', '.git/f.md', 'g.png']) {
        mkdirSync(join(root, dirname(path)), { recursive: true })
        writeFileSync(join(root, path), path)
      }
      symlinkSync(join(root, 'b'), join(root, 'link'))
      symlinkSync(join(root, 'a.ts'), join(root, 'link.ts'))
      expect([...readTree(root)]).toEqual([
        ['a.ts', 'a.ts'],
        ['b/c.sql', 'b/c.sql'],
      ])
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  })
})
