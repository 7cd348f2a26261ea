import { expect, it } from 'vitest'
import { roadsOf } from './roads.ts'

const folders = {
  list: async () => [
    { name: 'blue-1', path: '/media/alice/BLUE', addedAt: 1, lastSyncAt: null },
    { name: 'shared', path: '/home/alice/Sync', addedAt: 1, lastSyncAt: null },
  ],
  roads: async () => [
    { folder: 'blue-1', neighbour: 'HUT' },
    { folder: 'shared', neighbour: 'RIDGE' },
  ],
}

it.each([
  ['blue-1', 'stick', 'blue-1'],
  ['shared', 'folder', 'shared'],
  ['long-gone', 'folder', 'long-gone'],
  ['/run/media/alice/GREEN', 'stick', 'GREEN'],
  ['/Volumes/RED', 'stick', 'RED'],
  ['/home/alice/mediaplayer', 'folder', 'mediaplayer'],
  ['bundle:stick', 'bundle', 'stick'],
  ['tcp://192.0.2.1:5400', 'network', 'tcp://192.0.2.1:5400'],
  ['pipe:ssh', 'program', 'ssh'],
  ['what is this?', 'other', 'what is this?'],
])('%s is a %s, called %s', async (text, kind, name) => {
  const roads = await roadsOf({ folders } as never)
  expect(roads.of(text)).toEqual({ kind, name })
})

it('knows by which folders a neighbour is reached', async () => {
  const roads = await roadsOf({ folders } as never)
  expect(roads.to('HUT')).toEqual([{ kind: 'stick', name: 'blue-1' }])
  expect(roads.to('NOBODY')).toEqual([])
})
