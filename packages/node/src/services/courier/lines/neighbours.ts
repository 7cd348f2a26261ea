/** Who may call and be called: the directory's neighbours, held in memory since a session asks at once. */
import type { NodeId, PublicIdentity } from '@posthorn/nncp'
import { noRules } from '../../../stores/directory/bounds.ts'
import { takesPushes } from '../../../stores/directory/card.ts'
import type { CallingRules, Directory, Neighbour } from '../../../stores/directory/directory.ts'

export class KnownNeighbours {
  readonly #directory: Directory
  #byId = new Map<NodeId, Neighbour>()
  #byNoiseKey = new Map<string, PublicIdentity>()
  #rules: ReadonlyMap<NodeId, CallingRules> = new Map()

  constructor(directory: Directory) {
    this.#directory = directory
  }

  async load(): Promise<void> {
    const neighbours = await this.#directory.neighbours.list()
    this.#rules = await this.#directory.calling.list()
    this.#byId = new Map(neighbours.map(neighbour => [neighbour.identity.id, neighbour]))
    this.#byNoiseKey = new Map(
      neighbours.flatMap(({ identity }) =>
        identity.noiseKey === null ? [] : [[keyText(identity.noiseKey), identity]],
      ),
    )
  }

  get(id: NodeId): Neighbour | undefined {
    return this.#byId.get(id)
  }

  rules(id: NodeId): CallingRules {
    return this.#rules.get(id) ?? noRules
  }

  has(id: NodeId): boolean {
    return this.#byId.has(id)
  }

  isPaused(id: NodeId): boolean {
    return this.rules(id).pausedAt !== null
  }

  takesPushes(id: NodeId): boolean {
    const card = this.#byId.get(id)?.card
    return card != null && takesPushes(card)
  }

  all(): Iterable<Neighbour> {
    return this.#byId.values()
  }

  byNoiseKey(noiseKey: Uint8Array): PublicIdentity | undefined {
    return this.#byNoiseKey.get(keyText(noiseKey))
  }
}

function keyText(key: Uint8Array): string {
  return Buffer.from(key).toString('base64')
}
