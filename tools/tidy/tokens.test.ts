import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exportsOf, importsOf, packageOf } from './modules.ts'
import { tokenize } from './tokens.ts'

const code = (text: string) => tokenize(text).filter(token => token.kind !== 'comment')

function shape(text: string, jsx = false): string {
  return tokenize(text, { jsx })
    .map(token => `${token.kind}:${token.text}`)
    .join(' ')
}

describe('tokens', () => {
  test.each([
    ['a / b / c', 'name:a mark:/ name:b mark:/ name:c'],
    ['x = /[/"]\\//gu', 'name:x mark:= regex:/[/"]\\//gu'],
    ['f(a) / 2', 'name:f mark:( name:a mark:) mark:/ number:2'],
    ['return /a/.test(b)', 'name:return regex:/a/ mark:. name:test mark:( name:b mark:)'],
    ["'it\\'s' + \"//\"", "string:it\\'s mark:+ string://"],
    ['a?.b => ...c', 'name:a mark:?. name:b mark:=> mark:... name:c'],
    ['#x 0xff_f 1.5e3', 'name:#x number:0xff_f number:1.5e3'],
    ['/* a\n// */ b // c', 'comment:/* a\n// */ name:b comment:// c'],
    ['#!/usr/bin/env node\nx', 'comment:#!/usr/bin/env node name:x'],
  ])('%s', (text, expected) => {
    expect(shape(text)).toBe(expected)
  })

  test('templates, with code and templates inside', () => {
    const text = ['`a$', '{ { b: `c$', '{d}e` } }f` + g'].join('')
    expect(shape(text)).toBe(
      'template:a mark:{ mark:{ name:b mark:: template:c mark:{ name:d mark:} template:e mark:} mark:} template:f ' +
        'mark:+ name:g',
    )
  })

  test('lines are counted through strings, templates and comments', () => {
    expect(tokenize('/*\n*/ a\n`\n\n` b').map(token => token.line)).toEqual([1, 2, 3, 5])
  })

  test.each([
    [
      'a = <b>it’s {c}!</b>',
      'name:a mark:= mark:< name:b mark:> text:it’s  mark:{ name:c mark:} text:! mark:< mark:/ name:b mark:>',
    ],
    ["<p>don't</p>; 'x'", "mark:< name:p mark:> text:don't mark:< mark:/ name:p mark:> mark:; string:x"],
    [
      '<a b="c>" d={e > 1} />',
      'mark:< name:a name:b mark:= string:c> name:d mark:= mark:{ name:e mark:> number:1 mark:} mark:/ mark:>',
    ],
    ['<></>', 'mark:< mark:> mark:< mark:/ mark:>'],
    [
      '<A>{b ? <C /> : e} // d</A>',
      'mark:< name:A mark:> mark:{ name:b mark:? mark:< name:C mark:/ mark:> mark:: name:e mark:} text: // d ' +
        'mark:< mark:/ name:A mark:>',
    ],
    ['<L<R> a="b" />', 'mark:< name:L mark:< name:R mark:> name:a mark:= string:b mark:/ mark:>'],
    ['f<T>(a)', 'name:f mark:< name:T mark:> mark:( name:a mark:)'],
    [
      'a = <T,>(b: T) => b',
      'name:a mark:= mark:< name:T mark:, mark:> mark:( name:b mark:: name:T mark:) mark:=> name:b',
    ],
    ['a < b', 'name:a mark:< name:b'],
  ])('elements: %s', (text, expected) => {
    expect(shape(text, true)).toBe(expected)
  })

  test('code after elements is code again, also with templates inside them', () => {
    const text = ['return <a b={`c$', '{d}`}>{/* e */}</a>\n}\nfunction f() {}'].join('')
    expect(
      tokenize(text, { jsx: true })
        .slice(-6)
        .map(token => token.text),
    ).toEqual(['function', 'f', '(', ')', '{', '}'])
  })

  test.each([false, true])('any text gives tokens, in order and soon (JSX: %s)', jsx => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '</',
      '/>',
      '`',
      '${',
      '}',
      '{',
      '/',
      '*',
      "'",
      '"',
      '\\',
      '\n',
      'a',
      '(',
      ')',
      '=>',
      '𝄞',
      '1',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), pieces => {
        const text = pieces.join('')
        const lines = tokenize(text, { jsx }).map(token => token.line)
        expect(lines).toEqual([...lines].sort((a, b) => a - b))
        importsOf(code(text))
        exportsOf(code(text))
      }),
    )
  })
})

describe('imports', () => {
  test.each([
    ["import 'a'", 'a', [], false],
    ["import a from 'b'", 'b', ['default'], false],
    ["import a, { b as c, type d } from 'e'", 'e', ['default', 'b', 'd'], false],
    ["import * as a from 'b'", 'b', ['*'], false],
    ["import type { A } from 'b'", 'b', ['A'], true],
    ["import { type A, type B } from 'b'", 'b', ['A', 'B'], true],
    ["import type from 'b'", 'b', ['default'], false],
    ["const { a } = await import('b')", 'b', ['*'], false],
    ["type A = import('b').C", 'b', ['*'], false],
    ["export { a as b } from 'c'", 'c', ['a'], false],
    ["export * from 'a'", 'a', ['*'], false],
    ["export type { A } from 'b'", 'b', ['A'], true],
    ["require.resolve('a')", 'a', ['*'], false],
    ["import.meta.resolve('a')", 'a', ['*'], false],
    ["new URL('./a.ts', import.meta.url)", './a.ts', ['*'], false],
  ])('%s', (text, specifier, names, typeOnly) => {
    expect(importsOf(code(text))).toEqual([expect.objectContaining({ specifier, names, typeOnly, line: 1 })])
  })

  test.each([
    "const from = 'a'",
    "// import 'a'",
    "x.import('a')",
    "export const a = 'from b'",
    "new URL('./a', base)",
  ])('%s is none', text => {
    expect(importsOf(code(text))).toEqual([])
  })

  test.each([
    ['@a/b/c.js', '@a/b'],
    ['a/b', 'a'],
    ['node:fs', undefined],
    ['./a.ts', undefined],
  ])('the package of %s', (specifier, name) => {
    expect(packageOf(specifier)).toBe(name)
  })
})

test('exports', () => {
  const text = [
    'export async function* a() {}',
    'export abstract class B {}',
    'export const c = 1',
    'export const { d, e: f } = c',
    'export interface G {}',
    'export type H = 1',
    'export { c as i, type G as J }',
    'export type { K }',
    "export { l } from './m.ts'",
    "export * from './n.ts'",
    'export default c',
  ].join('\n')
  const names = exportsOf(code(text)).map(item => `${item.name}${item.isType ? ' type' : ''}`)
  expect(names).toEqual(['a', 'B', 'c', 'd', 'f', 'G type', 'H type', 'i', 'J type', 'K type', 'default'])
})
