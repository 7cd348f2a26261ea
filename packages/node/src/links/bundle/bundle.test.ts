import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBundle, openBundle } from './index.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posthorn-bundle-'))
  path = join(folder, 'a.bundle')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function contentOf(source: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts).toString()
}

describe('a bundle that is written', () => {
  it('has its name only when it is whole, for its owner alone, and can be read then', async () => {
    const sink = await createBundle(path)
    await sink.write(Buffer.from('one '))
    expect(await readdir(folder)).not.toContain('a.bundle')
    await sink.write(Buffer.from('two'))
    await sink.commit()
    await sink.discard()
    expect(await readdir(folder)).toEqual(['a.bundle'])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const source = await openBundle(path)
    expect(source.sizeBytes).toBe(7)
    expect(await contentOf(source.read())).toBe('one two')
  })

  it('leaves nothing when it is given up', async () => {
    const sink = await createBundle(path)
    await sink.write(Buffer.alloc(600_000))
    await sink.discard()
    expect(await readdir(folder)).toEqual([])
  })

  it('never takes the place of anything, also of what came meanwhile', async () => {
    const sink = await createBundle(path)
    await writeFile(path, 'the only copy')
    await expect(createBundle(path)).rejects.toMatchObject({ code: 'bundle-exists', retry: 'never' })
    await expect(sink.commit()).rejects.toMatchObject({ code: 'bundle-exists' })
    await sink.discard()
    expect(await readFile(path, 'utf8')).toBe('the only copy')
    await symlink(join(folder, 'elsewhere'), join(folder, 'link'))
    await expect(createBundle(join(folder, 'link'))).rejects.toMatchObject({ code: 'bundle-exists' })
    expect((await readdir(folder)).sort()).toEqual(['a.bundle', 'link'])
  })

  it('needs a folder that is there', async () => {
    const nowhere = join(folder, 'none', 'a')
    await expect(createBundle(nowhere)).rejects.toMatchObject({ code: 'bundle-unwritable', retry: 'later' })
  })
})

describe('threats: what is read as a bundle', () => {
  it('is a regular file that is there; a FIFO is not waited for', async () => {
    await expect(openBundle(path)).rejects.toMatchObject({ code: 'bundle-missing' })
    await mkdir(join(folder, 'directory'))
    execFileSync('mkfifo', [join(folder, 'fifo')])
    for (const name of ['directory', 'fifo']) {
      await expect(openBundle(join(folder, name)), name).rejects.toMatchObject({ code: 'bundle-unreadable' })
    }
    await expect(openBundle('/dev/zero')).rejects.toMatchObject({ code: 'bundle-unreadable' })
  })
})
