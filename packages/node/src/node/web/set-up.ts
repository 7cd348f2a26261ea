/**
 * The setting up of a node on which nobody lives yet: whoever reads what the node printed at its start may make the
 * first person. Others who reach the page, on this machine or in the local network, may not.
 */
import { timingSafeEqual } from 'node:crypto'
import type { RandomSource } from '@posthorn/nncp'
import { Mutex } from '../../base/mutex.ts'
import type { NewPerson } from '../../services/web-server/index.ts'
import { newPassword } from '../operations/access.ts'
import { runOperation } from '../operations/run.ts'
import type { ServedNode } from '../served.ts'

export class SetUp {
  readonly #turns = new Mutex()
  #secret: string | null

  /** @param fresh nobody lives here. */
  constructor(fresh: boolean, random: RandomSource) {
    this.#secret = fresh ? newPassword(random) : null
  }

  /** Null when there is nothing to set up, or not any more. */
  get secret(): string | null {
    return this.#secret
  }

  /** Undefined: the secret is wrong, or somebody lives here already. @throws OperatingError of `user.add`. */
  begin(node: ServedNode, given: string, person: NewPerson): Promise<NewPerson | undefined> {
    return this.#turns.run(async () => {
      if (this.#secret === null || !isSame(plain(given), plain(this.#secret))) return undefined
      if ((await node.directory.users.list()).length > 0) {
        this.#secret = null
        return undefined
      }
      const context = { signal: new AbortController().signal, progress: () => {} }
      const { address } = await runOperation(node, { name: 'user.add', params: person }, context)
      this.#secret = null
      return { name: address.slice(0, address.lastIndexOf('@')), password: person.password }
    })
  }
}

/** As people type it. */
function plain(secret: string): string {
  return secret.toLowerCase().replaceAll(/[-\s]/g, '')
}

function isSame(given: string, secret: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(secret)]
  return one.length === other.length && timingSafeEqual(one, other)
}
