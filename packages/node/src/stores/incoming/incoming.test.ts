import { mkdir, readFile, stat, symlink, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scratchDirectory } from '../files/scratch-directory.ts'
import { checkPath, copyName } from './names.ts'
import { bench, bodyOf, idOf, sender } from './testing.ts'

const faultOf = (path: string, windows = false) => {
  const checked = checkPath(path, windows)
  return 'fault' in checked ? checked.fault : undefined
}

describe('names that are claimed', () => {
  test.each([
    '/etc/passwd',
    '',
    '..',
    '../x',
    'a/../../x',
    'a/..',
    '.',
    './x',
    'a//b',
    'a/',
    'a\nb',
    'a\0b',
    '\u001b[2J',
    'x\u0085',
    '.posthorn-parts',
    '.Posthorn-x/y',
    'a/.posthorn-parts/x',
  ])('%j is refused everywhere', path => {
    expect(faultOf(path)).toEqual(expect.any(String))
  })

  test.each(['C:', 'a\\..\\b', 'nul', 'aux.txt', 'x/com1', 'what?', 'a:b', 'dot.', 'space '])(
    '%j is refused on Windows only',
    path => {
      expect(faultOf(path, true)).toEqual(expect.any(String))
      expect(faultOf(path)).toBeUndefined()
    },
  )

  test.each(['x', '...', 'a/b/c', '-rf', '~', '$HOME', ' ', 'grüße 😀', 'x'.repeat(255)])('%j is taken', path => {
    expect(faultOf(path)).toBeUndefined()
  })

  test('whatever is taken stays inside', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), fc.boolean(), (path, windows) => {
        const checked = checkPath(path, windows)
        if ('parts' in checked) expect(join('/in', ...checked.parts)).toBe(`/in/${path}`)
      }),
    )
  })

  test('copies have names that fit', () => {
    expect(copyName('photo.jpg', 0)).toBe('photo.jpg')
    expect(copyName('photo.jpg', 2)).toBe('photo.jpg.1')
    expect(copyName('x'.repeat(255), 11)).toBe(`${'x'.repeat(252)}.10`)
    expect(copyName('€'.repeat(85), 1)).toBe(`${'€'.repeat(84)}.0`)
  })
})

describe('a whole file', () => {
  test('comes into its folder, for this user alone, and into folders inside', async () => {
    const { start, take, folder, files } = await bench()
    const store = start()
    const path = join(folder, 'a', 'b', 'note')
    expect(await take(store, { path: 'a/b/note', content: 'hello' })).toEqual({
      kind: 'placed',
      path,
      sizeBytes: 5,
      chunked: false,
    })
    expect(await readFile(path, 'utf8')).toBe('hello')
    expect([(await stat(path)).mode & 0o777, (await stat(dirname(path))).mode & 0o777]).toEqual([0o600, 0o700])
    expect(await files(true)).toEqual(['a/b/note'])
    expect(await store.list(10)).toEqual([{ sender, path, sizeBytes: 5, at: 1_700_000_000_000 }])
  })

  test('never takes the place of another', async () => {
    const { start, take, folder, files } = await bench()
    const store = start()
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'x'), 'mine')
    await mkdir(join(folder, 'x.1'))
    await symlink('/nowhere', join(folder, 'x.2'))
    const contents = ['one', 'two']
    await Promise.all(contents.map(content => take(store, { path: 'x', content })))
    expect(await files(true)).toEqual(['x', 'x.0', 'x.2', 'x.3'])
    expect(await readFile(join(folder, 'x'), 'utf8')).toBe('mine')
    const read = await Promise.all(['x.0', 'x.3'].map(name => readFile(join(folder, name), 'utf8')))
    expect(read.sort()).toEqual(contents)
  })

  test('that is taken again, also after a person has moved it, leaves no second one', async () => {
    const { start, take, folder, files } = await bench()
    const first = await take(start(), { path: 'x', content: 'one' })
    expect(await take(start(), { path: 'x', content: 'one' })).toEqual(first)
    await unlink(join(folder, 'x'))
    expect(await take(start(), { path: 'x', content: 'one' })).toEqual(first)
    expect(await files(true)).toEqual([])
  })

  test('does not follow links out of the folder', async () => {
    const { start, take, folder, files } = await bench()
    const outside = await scratchDirectory()
    await mkdir(folder, { recursive: true })
    await symlink(outside, join(folder, 'link'))
    await writeFile(join(folder, 'file'), '')
    for (const path of ['link/x', 'link/in/x', 'file/x', '../x']) {
      expect(await take(start(), { path, content: 'x' })).toMatchObject({ kind: 'refused' })
    }
    expect(await files(true)).toEqual(['file', 'link'])
    const temporary = join(folder, `.posthorn-${idOf('y\nmore')}`)
    await writeFile(join(outside, 'victim'), 'untouched')
    await symlink(join(outside, 'victim'), temporary)
    expect(await take(start(), { path: 'y', content: 'more' })).toMatchObject({ kind: 'placed' })
    expect(await readFile(join(outside, 'victim'), 'utf8')).toBe('untouched')
  })

  test('whose bytes turn out wrong is not seen', async () => {
    const { start, take, files } = await bench()
    async function* cut() {
      yield* bodyOf('half of')
      throw new Error('it was cut')
    }
    await expect(take(start(), { path: 'x', content: '', body: cut() })).rejects.toThrow('it was cut')
    expect(await files(true)).toEqual([])
  })

  test('waits for a folder that a person named, and is not there', async () => {
    const { start, take, folder } = await bench()
    const file = { path: 'x', content: 'one', makeFolder: false }
    await expect(take(start(), file)).rejects.toMatchObject({ code: 'no-such-folder', retry: 'later' })
    const real = await scratchDirectory()
    await mkdir(dirname(folder), { recursive: true })
    await symlink(real, folder)
    expect(await take(start(), file)).toMatchObject({ kind: 'placed' })
    expect(await readFile(join(real, 'x'), 'utf8')).toBe('one')
  })

  test('waits for room', async () => {
    const { start, take } = await bench(async () => 64 * 1024 ** 2 + 10)
    const file = { path: 'x', content: 'one' }
    await expect(take(start(), { ...file, sizeBytes: 11 })).rejects.toMatchObject({ code: 'disk-full', retry: 'later' })
    expect(await take(start(), { ...file, sizeBytes: 10 })).toMatchObject({ kind: 'placed' })
  })

  test('with a name of a chunk is a file like others where chunks are left alone', async () => {
    const { start, take, files } = await bench()
    for (const path of ['x.nncp.meta', 'x.nncp.chunk0']) {
      expect(await take(start(), { path, content: 'x', reassembles: false })).toMatchObject({ kind: 'placed' })
    }
    expect(await files()).toEqual(['x.nncp.chunk0', 'x.nncp.meta'])
  })

  test('whose name is longer than the disk has names is refused', async () => {
    const { start, take, folder } = await bench()
    await mkdir(folder, { recursive: true })
    for (const path of ['x'.repeat(256), `${'x'.repeat(256)}/y`]) {
      expect(await take(start(), { path, content: 'x' })).toMatchObject({ kind: 'refused' })
    }
  })
})
