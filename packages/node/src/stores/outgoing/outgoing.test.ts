import { spawnSync } from 'node:child_process'
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { scratchDirectory } from '../files/scratch-directory.ts'
import { openInside, openSource } from './index.ts'

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function makeFifo(path: string): Promise<void> {
  expect(spawnSync('mkfifo', [path]).status).toBe(0)
}

describe('what is about to be sent', () => {
  test('a file gives as many bytes as it had when it was opened, or an error', async () => {
    const path = join(await scratchDirectory(), 'file')
    await writeFile(path, 'x'.repeat(300_000))
    const grown = await openSource(path)
    await writeFile(path, 'y', { flag: 'a' })
    expect(await bytesOf(grown.read())).toEqual(Buffer.from('x'.repeat(300_000)))
    const cut = await openSource(path)
    await truncate(path, 200_000)
    await expect(bytesOf(cut.read())).rejects.toMatchObject({ code: 'source-changed', retry: 'later' })
    const unread = await openSource(path)
    await unread.close()
    await unread.close()
  })

  test('a folder is an archive of its folders and files; links and pipes are left out', async () => {
    const folder = join(await scratchDirectory(), 'folder')
    await mkdir(join(folder, 'inner', 'empty'), { recursive: true })
    await writeFile(join(folder, 'inner', 'one'), 'content of one')
    await symlink('/etc/passwd', join(folder, 'link'))
    await symlink('/etc', join(folder, 'linked-folder'))
    await makeFifo(join(folder, 'pipe'))
    const source = await openSource(folder)
    expect([source.kind, source.sizeBytes]).toEqual(['folder', null])
    const archive = await bytesOf(source.read())
    expect(archive.length % 512).toBe(0)
    const listed = spawnSync('tar', ['-tf', '-'], { input: archive })
    const names = listed.stdout.toString().trim().split('\n')
    expect(names.map(name => name.replace(/\/$/, '')).sort()).toEqual([
      'folder',
      'folder/inner',
      'folder/inner/empty',
      'folder/inner/one',
    ])
    expect(spawnSync('tar', ['-xOf', '-', 'folder/inner/one'], { input: archive }).stdout.toString()).toBe(
      'content of one',
    )
  })

  test('what is neither, or is not there, is refused in words, and never waited for', async () => {
    const folder = await scratchDirectory()
    await makeFifo(join(folder, 'pipe'))
    for (const [path, code] of [
      [join(folder, 'pipe'), 'source-unreadable'],
      ['/dev/null', 'source-unreadable'],
      [join(folder, 'none'), 'source-missing'],
      [join(folder, 'pipe', 'x'), 'source-missing'],
    ] as const) {
      await expect(openSource(path), path).rejects.toMatchObject({ code, retry: 'never' })
    }
    await expect(openSource('/dev/null')).rejects.toThrow('can be sent through -')
  })

  test('what others ask for lies inside, also when links are followed', async () => {
    const scratch = await scratchDirectory()
    const root = join(scratch, 'offered')
    await mkdir(join(root, 'dir'), { recursive: true })
    await mkdir(join(scratch, 'offered-not'))
    await writeFile(join(scratch, 'offered-not', 'x'), 'secret')
    await writeFile(join(root, 'dir', 'song'), 'la')
    await symlink('dir', join(root, 'inside'))
    await symlink('../offered-not', join(root, 'beside'))
    await symlink(root, join(scratch, 'by-link'))
    await makeFifo(join(root, 'pipe'))
    for (const [from, path] of [
      [root, 'dir/song'],
      [root, 'inside/song'],
      [join(scratch, 'by-link'), 'dir/song'],
    ] as const) {
      const source = await openInside(from, path)
      if ('fault' in source) expect.unreachable(source.fault)
      else expect((await bytesOf(source.read())).toString()).toBe('la')
    }
    for (const path of ['beside/x', 'beside', '../offered-not/x', '/etc/passwd', 'none', 'dir/song/x', 'pipe', '..']) {
      expect(await openInside(root, path), path).toEqual({ fault: expect.any(String) })
    }
  })
})
