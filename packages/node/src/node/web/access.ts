/** How somebody's own apps log in here, and their password. Everything is of the caller alone. */
import { randomBytes, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { AccessView, accessMethods } from '@posthorn/api'
import type { Clock } from '../../base/clock.ts'
import { OperatingError, systemCode } from '../../base/errors.ts'
import { certificatePath } from '../../services/mail-server/index.ts'
import type { FindFile, Handlers } from '../../services/web-server/handlers.ts'
import { accessOf } from '../operations/access.ts'
import { changePassword } from '../operations/users.ts'
import { refusal } from '../people.ts'
import type { ServedNode } from '../served.ts'
import { mobileconfig, serversIn } from './mail-settings/index.ts'
import { loginView, type Run, runnerOf } from './people.ts'

type SecondDevice = 'second-device.show' | 'second-device.start' | 'second-device.stop'
export type AccessHandlers = Handlers<Exclude<keyof typeof accessMethods, SecondDevice>>

export interface Access {
  readonly handlers: AccessHandlers
  /** Of the area `profiles`: what `access.profile` made, for a while, for who made it. */
  readonly findProfile: FindFile
}

const limits = {
  /** A profile holds a password: it is not kept for long. */
  profileMs: 10 * 60_000,
  /** Of one person; devices fetch theirs at once. */
  profilesMax: 5,
  /** App passwords of one label: `phone`, `phone 2`, … */
  sameLabelMax: 20,
  /** Wrong old passwords of one person, before they have to wait. */
  wrongMax: 10,
  wrongMs: 60 * 60_000,
} as const

export function accessHandlers(node: ServedNode, clock: Clock): Access {
  const run = runnerOf(node)
  const profiles = new Profiles(clock)
  const wrong = new WrongPasswords(clock)
  return {
    handlers: {
      'access.show': (_, { user }) => showAccess(node, user),
      async 'access.link'({ label }, { user }) {
        const { password } = await freshPassword(run, user, label)
        const { ports, lanHost } = await node.reach()
        return loginView(accessOf({ address: `${user}@${node.domain}`, password, ports, lanHost }))
      },
      async 'access.profile'({ label }, { user }) {
        const { machine, network } = serversIn(await node.reach())
        const made = await freshPassword(run, user, label)
        const address = `${user}@${node.domain}`
        const text = mobileconfig({ ...(network ?? machine), ...made, address, nodeName: node.name })
        return { path: `/api/v1/profiles/${profiles.keep(user, text)}` }
      },
      'app-passwords.list': async (_, { user }) => [...(await run('app-password.list', { name: user }))],
      async 'app-passwords.add'({ label }, { user }) {
        const { password } = await run('app-password.add', { name: user, label })
        return { label, password }
      },
      async 'app-passwords.remove'({ label }, { user }) {
        await run('app-password.remove', { name: user, label })
        return {}
      },
      async 'password.change'({ old, fresh }, { user, by }) {
        wrong.check(user)
        // Before it is looked at: many may be tried at the same time.
        wrong.note(user)
        if (!(await node.directory.users.verify(user, old))) {
          throw refusal('wrong-password', 'The old password is not right. Nothing was changed.')
        }
        wrong.forget(user)
        await changePassword(node, { name: user, password: fresh }, 'session' in by ? by.session : undefined)
        return {}
      },
    },
    findProfile: async (key, { user }) => {
      const bytes = profiles.take(user, key)
      if (bytes === undefined) return undefined
      const mime = 'application/x-apple-aspen-config'
      return { bytes, mime, name: `${node.name}.mobileconfig`, inline: false, immutable: false, isOwn: true }
    },
  }
}

async function showAccess(node: ServedNode, user: string): Promise<AccessView> {
  const fingerprint = await fingerprintOf(certificatePath(node.home.tls))
  return { address: `${user}@${node.domain}`, ...serversIn(await node.reach()), fingerprint }
}

async function fingerprintOf(path: string): Promise<string | null> {
  try {
    return new X509Certificate(await readFile(path)).fingerprint256
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw error
  }
}

/** A label that is used already gets a number: one who scans twice has two phones, or lost the first code. */
async function freshPassword(run: Run, user: string, label: string): Promise<{ label: string; password: string }> {
  for (let number = 1; ; number += 1) {
    try {
      const tried = number === 1 ? label : `${label.slice(0, 60)} ${number}`
      return await run('app-password.add', { name: user, label: tried })
    } catch (error) {
      const taken = error instanceof OperatingError && error.code === 'name-taken'
      if (!taken || number === limits.sameLabelMax) throw error
    }
  }
}

/** Profiles that wait to be fetched. */
class Profiles {
  readonly #clock: Clock
  readonly #kept = new Map<string, { readonly user: string; readonly bytes: Uint8Array; readonly until: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  keep(user: string, text: string): string {
    const id = randomBytes(16).toString('base64url')
    this.#kept.set(id, { user, bytes: Buffer.from(text), until: this.#clock.now() + limits.profileMs })
    // Also when nobody fetches it, and when the clock is set back.
    setTimeout(() => this.#kept.delete(id), limits.profileMs).unref()
    const own = [...this.#kept].filter(([, profile]) => profile.user === user)
    for (const [old] of own.slice(0, -limits.profilesMax)) this.#kept.delete(old)
    return id
  }

  /** Devices fetch it twice: once to look, once to install. */
  take(user: string, id: string): Uint8Array | undefined {
    for (const [key, { until }] of this.#kept) if (until < this.#clock.now()) this.#kept.delete(key)
    const found = this.#kept.get(id)
    return found?.user === user ? found.bytes : undefined
  }
}

/** Who has a browser that somebody left open should not find out the password by it. */
class WrongPasswords {
  readonly #clock: Clock
  readonly #times = new Map<string, number[]>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @throws OperatingError `throttled`. */
  check(user: string): void {
    const now = this.#clock.now()
    const recent = (this.#times.get(user) ?? []).filter(at => Math.abs(now - at) < limits.wrongMs)
    this.#times.set(user, recent)
    if (recent.length < limits.wrongMax) return
    const message = 'The old password was wrong too often. Try again in an hour, or ask who looks after the node.'
    throw new OperatingError(message, { code: 'throttled', retry: 'later' })
  }

  note(user: string): void {
    this.#times.set(user, [...(this.#times.get(user) ?? []), this.#clock.now()])
  }

  forget(user: string): void {
    this.#times.delete(user)
  }
}
