import type { FolderSeen, NeighbourSeen } from '@posthorn/api'
import { expect, test } from 'vitest'
import { layoutOf } from './layout.ts'

const none = { packets: 0, bytes: 0 }

function neighbour(name: string, folders: string[] = []): NeighbourSeen {
  const contact = { lastContact: null, nextContact: null, coming: null, lettersComing: 0 }
  return { name, state: 'quiet', queued: none, ...contact, via: [], folders, callable: true }
}

const folder = (name: string): FolderSeen => ({ name, ready: true, released: false, lastSync: null })
const many = (count: number) => Array.from({ length: count }, (_, index) => neighbour(`n${index}`))

test.each([
  [1200, 7],
  [1200, 14],
  [700, 7],
  [336, 1],
  [336, 7],
  [336, 15],
  [500, 40],
])('at %i pixels %i others stand inside, apart from each other and from this node', (width, count) => {
  const { placed, centre, height } = layoutOf(width, { neighbours: many(count), folders: [] })
  expect(placed).toHaveLength(count)
  for (const { x, y } of placed) {
    expect(x).toBeGreaterThanOrEqual(60)
    expect(x).toBeLessThanOrEqual(width - 60)
    expect(y).toBeGreaterThanOrEqual(40)
    expect(y).toBeLessThanOrEqual(height - 60)
  }
  const all = [centre, ...placed]
  for (const [index, one] of all.entries())
    for (const other of all.slice(index + 1))
      expect(Math.max(Math.abs(one.x - other.x) / 100, Math.abs(one.y - other.y) / 85)).toBeGreaterThanOrEqual(0.99)
})

test('a stick stands beside the first neighbour that it leads to', () => {
  const neighbours = [neighbour('a'), neighbour('b', ['blue-1']), neighbour('c', ['blue-1'])]
  const { placed } = layoutOf(900, { neighbours, folders: [folder('red'), folder('blue-1')] })
  expect(placed.map(({ id }) => id)).toEqual([
    'neighbour a',
    'neighbour b',
    'folder blue-1',
    'neighbour c',
    'folder red',
  ])
})
