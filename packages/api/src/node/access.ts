/** How one's own apps and phones log in to this node, and one's own password. */
import * as v from 'valibot'
import { apiLimits } from '../limits.ts'
import { asks, does } from '../method.ts'
import { password } from '../session.ts'
import { filePath, isoTime, nothing } from '../values.ts'
import { loginView, serverView } from './people.ts'

const label = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1),
  v.maxLength(apiLimits.labelLettersMax),
  v.regex(/^\P{Cc}*$/u, 'must not hold control characters'),
)

const servers = v.object({ imap: serverView, smtp: serverView, pop3: serverView })

export const accessView = v.object({
  address: v.string(),
  /** For apps on the machine that the node runs on. */
  machine: servers,
  /** For apps on other machines of the local network; null: the node is not open to it. */
  network: v.nullable(servers),
  /** SHA-256 of the certificate that the node made for itself, as apps show it; null where there is none. */
  fingerprint: v.nullable(v.string()),
})
export type AccessView = v.InferOutput<typeof accessView>

export const appPasswordView = v.object({
  label: v.string(),
  madeAt: isoTime,
  /** null: never. */
  lastUsedAt: v.nullable(isoTime),
})
export type AppPasswordView = v.InferOutput<typeof appPasswordView>

/** Where a profile is being handed to a second device. */
export const secondDeviceView = v.object({
  /**
   * - `resting`: nothing is offered;
   * - `waiting`: the code is shown, nobody has scanned it;
   * - `sending`: a device takes the profile over;
   * - `done`: it has everything;
   * - `ended`: it came to nothing, for `reason`.
   */
  state: v.picklist(['resting', 'waiting', 'sending', 'done', 'ended']),
  /** Of 1000 parts. */
  done: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1000)),
  reason: v.nullable(v.string()),
})
export type SecondDeviceView = v.InferOutput<typeof secondDeviceView>

export const accessMethods = {
  'access.show': asks('user', {
    about: 'Hosts, ports and security for one’s own mail apps.',
    params: nothing,
    result: accessView,
  }),
  'access.link': does('user', {
    about: 'A link and QR code that logs Delta Chat in to one’s own address afresh, with an app password made for it.',
    params: v.strictObject({ label }),
    result: loginView,
  }),
  'access.profile': does('user', {
    about: 'Makes a configuration profile for Apple’s Mail, with an app password of its own; it is there for minutes.',
    params: v.strictObject({ label }),
    result: v.object({ path: filePath }),
  }),
  'app-passwords.list': asks('user', {
    about: 'One’s own app passwords, and when each was used last.',
    params: nothing,
    result: v.array(appPasswordView),
  }),
  'app-passwords.add': does('user', {
    about: 'Makes a password for one app; it is shown this once.',
    params: v.strictObject({ label }),
    result: v.object({ label: v.string(), password: v.string() }),
  }),
  'app-passwords.remove': does('user', {
    about: 'Takes an app password back; apps that are logged in with it are sent away.',
    params: v.strictObject({ label: v.string() }),
    result: nothing,
  }),
  'password.change': does('user', {
    about: 'A new password, for the old one; all other sessions end, app passwords and tokens stay.',
    params: v.strictObject({ old: password, fresh: password }),
    result: nothing,
  }),
  'second-device.show': asks('user', {
    about: 'Whether one’s own profile is offered to a second device, and how far that is.',
    params: nothing,
    result: secondDeviceView,
  }),
  'second-device.start': does('user', {
    about: 'Offers one’s own profile, chats and all, to a second device that scans this code. It ends by itself.',
    /** Where that device will reach the node: as others in the network do, or on this machine. */
    params: v.strictObject({ where: v.picklist(['network', 'machine']) }),
    result: v.object({ code: v.string() }),
  }),
  'second-device.stop': does('user', {
    about: 'Does not offer the profile any more; what a device has taken over already stays there.',
    params: nothing,
    result: nothing,
  }),
}

export const accessEvents = {
  'second-device.went': secondDeviceView,
}
