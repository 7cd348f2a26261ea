/** What every directory must do with areas. */
import { type NodeId, nodeIdFromBytes } from '@posthorn/nncp'
import { describe, expect, test } from 'vitest'
import type { DirectoryFactory } from './contract.ts'
import type { Area } from './directory.ts'
import { directoryLimits } from './limits.ts'

const at = 1_700_000_000_000
const id = (number: number): NodeId => nodeIdFromBytes(new Uint8Array(32).fill(number))
const key = (number: number) => new Uint8Array(32).fill(number)

function area(number: number, changes: Partial<Area> = {}): Area {
  const keys = { id: id(number), publicKey: key(number), privateKey: key(number + 1) }
  const rest = { takesFiles: true, incoming: '/home/in', handles: ['sendmail'], allowUnknown: true, addedAt: at }
  return { ...keys, name: `area-${number}`, subscribers: [id(1), id(2)], ...rest, ...changes }
}

export function areasContract(name: string, make: DirectoryFactory): void {
  describe(`directory, areas: ${name}`, () => {
    test('areas come back with all that was said of them, keys or none', async () => {
      const { areas } = await make()
      const nothing = { subscribers: [], takesFiles: false, incoming: null, handles: [], allowUnknown: false }
      const passing = area(2, { publicKey: null, privateKey: null, name: 'whatever.pvt', ...nothing })
      const writing = area(3, { privateKey: null })
      for (const one of [area(1), passing, writing]) expect(await areas.put(one)).toBe('added')
      expect(await areas.get(id(1))).toEqual(area(1))
      expect(await areas.byName('whatever.pvt')).toEqual(passing)
      expect(await areas.list()).toEqual([area(1), writing, passing])
      expect(await areas.get(id(9))).toBeUndefined()
      expect(await areas.byName('x')).toBeUndefined()
    })

    test('an area is replaced by id, its subscribers too; a name belongs to one', async () => {
      const { areas } = await make()
      await areas.put(area(1))
      await areas.put(area(2))
      expect(await areas.put(area(2, { name: 'area-1' }))).toBe('name-taken')
      expect(await areas.put(area(1, { name: 'renamed', subscribers: [id(3), id(2), id(3)] }))).toBe('replaced')
      expect((await areas.byName('renamed'))?.subscribers).toEqual([id(2), id(3)])
      expect(await areas.byName('area-1')).toBeUndefined()
      expect((await areas.get(id(2)))?.subscribers).toEqual([id(1), id(2)])
      expect(await areas.remove(id(1))).toBe(true)
      expect(await areas.remove(id(1))).toBe(false)
      await areas.put(area(1, { subscribers: [] }))
      expect((await areas.get(id(1)))?.subscribers).toEqual([])
    })

    test('an area has so many subscribers and no more', async () => {
      const { areas } = await make()
      const { areaSubscribersMax } = directoryLimits
      const nodes = Array.from({ length: areaSubscribersMax + 1 }, (_, number) => {
        return nodeIdFromBytes(new Uint8Array(32).fill(number & 255).fill(number >> 8, 31))
      })
      expect(await areas.put(area(1, { subscribers: nodes.slice(1) }))).toBe('added')
      const tooMany = areas.put(area(1, { subscribers: nodes }))
      await expect(tooMany).rejects.toMatchObject({ code: 'too-many-subscribers', retry: 'never' })
      expect((await areas.get(id(1)))?.subscribers).toHaveLength(areaSubscribersMax)
    })

    test.each(['', 'A', '.x', 'a/b', '..', 'a:b', 'x'.repeat(65)])('"%s" is no name of an area', async name => {
      const { areas } = await make()
      await expect(areas.put(area(1, { name }))).rejects.toMatchObject({ code: 'bad-name', retry: 'never' })
    })
  })
}
