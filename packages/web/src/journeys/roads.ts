/** Roads and nodes in words. */
import type { NodeView, RoadView } from '@posthorn/api'
import { listOf } from '../i18n/index.ts'
import { say } from './words.ts'

/** Within a sentence: `stick blue-1`. Addresses are left to those who look for them. */
export function roadWords({ kind, name }: RoadView): string {
  switch (kind) {
    case 'stick':
    case 'folder':
    case 'bundle':
    case 'program':
    case 'gateway':
      return say(kind, { name })
    case 'network':
      return say('network')
    default:
      return name
  }
}

/** Where a copy lies, at the beginning of a sentence: `On stick blue-1`. */
export function placeWords({ kind, name }: RoadView): string {
  if (kind === 'stick') return say('onStick', { name })
  if (kind === 'folder') return say('inFolder', { name })
  return kind === 'bundle' ? say('inBundle', { name }) : say('onRoad', { name })
}

export function roadList(roads: readonly RoadView[], type: 'conjunction' | 'disjunction' = 'conjunction'): string {
  return listOf([...new Set(roads.map(roadWords))], type)
}

export function nodeWords({ id, name, self }: NodeView): string {
  if (self) return say('thisNode')
  return name ?? say('aNode', { id: id.slice(0, 8).toLowerCase() })
}
