/**
 * The setting up of a node on which nobody lives yet: whoever reads what the node printed at its start may make the
 * first person. Others who reach the page, on this machine or in the local network, may not.
 */
import { timingSafeEqual } from 'node:crypto'
import type { RandomSource } from '@posthorn/nncp'
import { Mutex } from '../../base/mutex.ts'
import type { NewPerson } from '../../services/web-server/index.ts'
import { renameNode } from '../config/rename.ts'
import { newPassword } from '../operations/access.ts'
import { runOperation } from '../operations/run.ts'
import { checkedName, checkedPassword } from '../operations/users.ts'
import type { ServedNode } from '../served.ts'

/** What the first person wants of the node. */
export interface NodeWishes {
  readonly node: string | undefined
  readonly lan: boolean | undefined
}

export interface SetUpDone {
  readonly person: NewPerson
  /** Whether the node begins anew for it. */
  readonly restarts: boolean
  /** To be called when this was answered. */
  readonly answered: () => void
}

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

  /** Undefined: the secret is wrong, or somebody lives here already. @throws OperatingError of `user.add`, … */
  begin(node: ServedNode, given: string, person: NewPerson, wishes: NodeWishes): Promise<SetUpDone | undefined> {
    return this.#turns.run(async () => {
      if (this.#secret === null || !isSame(plain(given), plain(this.#secret))) return undefined
      if ((await node.directory.users.list()).length > 0) {
        this.#secret = null
        return undefined
      }
      const name = checkedName(person.name)
      const password = checkedPassword(person.password)
      // First what may be done twice: cut off here, somebody begins again.
      const restarts = await fulfil(node, wishes)
      const context = { signal: new AbortController().signal, progress: () => {} }
      await runOperation(node, { name: 'user.add', params: { name, password } }, context)
      this.#secret = null
      const answered = () => {
        if (restarts) node.renewal.ask()
      }
      return { person: { name, password }, restarts, answered }
    })
  }
}

/** Answers whether the node has to begin anew for it. */
async function fulfil(node: ServedNode, { node: name, lan }: NodeWishes): Promise<boolean> {
  const isRenamed = name !== undefined && name !== node.name
  if (isRenamed) await renameNode(node.home.config, name)
  const { openness } = node
  if (lan === undefined || openness.by === 'file') return isRenamed
  await node.directory.nodeSettings.setLan(lan)
  return isRenamed || (openness.by === 'setting' && lan !== openness.lan)
}

/** As people type it. */
function plain(secret: string): string {
  return secret.toLowerCase().replaceAll(/[-\s]/g, '')
}

function isSame(given: string, secret: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(secret)]
  return one.length === other.length && timingSafeEqual(one, other)
}
