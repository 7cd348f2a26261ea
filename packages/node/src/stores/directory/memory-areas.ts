import type { NodeId } from '@posthorn/nncp'
import { checkArea } from './areas.ts'
import type { Area, Directory } from './directory.ts'

export function memoryAreas(): Directory['areas'] {
  const areas = new Map<NodeId, Area>()
  return {
    async put(area) {
      checkArea(area)
      if ([...areas.values()].some(({ name, id }) => name === area.name && id !== area.id)) return 'name-taken'
      const outcome = areas.has(area.id) ? 'replaced' : 'added'
      areas.set(area.id, { ...area, subscribers: [...new Set(area.subscribers)].sort() })
      return outcome
    },
    get: async id => areas.get(id),
    byName: async name => [...areas.values()].find(area => area.name === name),
    list: async () => [...areas.values()].sort((one, other) => (one.name < other.name ? -1 : 1)),
    remove: async id => areas.delete(id),
  }
}
