/**
 * Where packets lie: a slot for each node on each of its roads, which the real courier takes for a folder. What lies in
 * a slot is moved by the roads (`roads.ts`), never by the nodes.
 */
import { MemoryMedium, memoryTransport } from '../../packages/node/src/links/memory/index.ts'
import type { ParcelTransport } from '../../packages/node/src/links/transport.ts'
import type { Life } from './life.ts'

export class Slots {
  readonly #slots = new Map<string, MemoryMedium>()
  readonly #overheard: (bytes: Uint8Array) => void

  constructor(overheard: (bytes: Uint8Array) => void) {
    this.#overheard = overheard
  }

  at(path: string): MemoryMedium {
    const known = this.#slots.get(path) ?? new MemoryMedium()
    this.#slots.set(path, known)
    return known
  }

  all(): Iterable<[path: string, medium: MemoryMedium]> {
    return this.#slots
  }

  /** The transport of one life of a node: a dead program puts nothing on a stick. */
  transport(life: Life): ParcelTransport {
    const real = memoryTransport({ medium: at => this.at(at.pathname) })
    const overheard = this.#overheard
    return {
      ...{ kind: 'parcel', scheme: real.scheme, traits: real.traits },
      drop(parcel, at, options) {
        const read = async function* () {
          for await (const chunk of parcel.read()) {
            overheard(chunk)
            yield await life.whileAlive(() => chunk)
          }
        }
        return life.whileAlive(() => real.drop({ ...parcelFacts(parcel), read }, at, options))
      },
      collect: (recipient, at, options) => living(life, real.collect(recipient, at, options)),
      placed: (sender, recipient, at, options) => living(life, real.placed(sender, recipient, at, options)),
      retire: (parcel, at, options) => life.whileAlive(() => real.retire(parcel, at, options)),
      watch: (at, options) => living(life, real.watch(at, options)),
      ready: at => life.whileAlive(() => real.ready(at)),
    }
  }
}

function parcelFacts<T extends { recipient: unknown; sender: unknown; id: unknown; sizeBytes: number }>(parcel: T) {
  const { recipient, sender, id, sizeBytes } = parcel
  return { recipient, sender, id, sizeBytes } as Pick<T, 'recipient' | 'sender' | 'id' | 'sizeBytes'>
}

async function* living<T>(life: Life, items: AsyncIterable<T>): AsyncGenerator<T> {
  for await (const item of items) yield await life.whileAlive(() => item)
}
