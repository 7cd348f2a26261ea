/** What an operator may write into `posthorn.toml`: every key, its default and its bounds, in one place. */
import { isAbsolute } from 'node:path'
import * as v from 'valibot'
import { socksProxy } from '../../links/tcp/socks/proxy.ts'
import { handleDefaults } from '../../services/postoffice/index.ts'
import { mailPlacePattern } from '../../stores/directory/names.ts'
import { gateways } from './gateway-schema.ts'
import { lmtpPlace } from './lmtp.ts'
import { domainPattern, neighbourNames, nodeName, whole, word } from './values.ts'

const mebibyte = 1024 * 1024

const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))
const bytes = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))

const domain = v.pipe(v.string(), v.maxLength(253), v.regex(domainPattern, 'must be a domain name in lower case'))

const address = v.pipe(v.string(), v.minLength(1), v.maxLength(255))

const proxy = v.pipe(v.string(), v.maxLength(1024), v.check(isProxy, 'must be socks5://host:port'))
/** Slower than this, one message of a session would take longer than silence may. */
const bytesPerSecond = v.nullable(bytes(1024, 2 ** 40))

const lmtpListen = v.pipe(
  v.string(),
  v.maxLength(255),
  v.check(
    text => lmtpPlace(text, '/') !== undefined,
    'must be 127.0.0.1:PORT, [::1]:PORT or a path that ends in .sock',
  ),
)

/** As browsers name it, without port. */
const webHost = v.pipe(
  v.string(),
  v.regex(/^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9_][a-z0-9_.-]{0,252})$/, 'must be a host name in lower case, without port'),
)

/** A program that neighbours may run here; `sendmail` is the node's own mail, `posthorn` what nodes tell each other. */
const handleName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'must be 1 to 100 of a-z, A-Z, 0-9, ., _ and -'),
  v.check(name => name !== 'sendmail', 'is the mail of this node, and no program'),
  v.check(name => name !== 'posthorn', 'is what nodes tell each other about letters, and no program'),
)

const mailAddress = v.pipe(v.string(), v.regex(mailPlacePattern, 'must be NAME, NAME@sender or a mail address'))

const handle = v.strictObject({
  command: v.pipe(
    v.array(word),
    v.minLength(1, 'must name a program'),
    v.maxLength(256),
    v.check(command => isAbsolute(command[0] ?? ''), 'must begin with the absolute path of a program'),
  ),
  from: neighbourNames,
  timeout_seconds: v.optional(whole(1, 604_800), handleDefaults.timeoutMs / 1000),
  tries: v.optional(whole(1, 1000), handleDefaults.triesMax),
  at_once: v.optional(whole(1, 4), handleDefaults.atOnceMax),
  input_bytes_max: v.optional(bytes(0, 2 ** 43), handleDefaults.inputBytesMax),
  output_bytes_max: v.optional(bytes(0, 16 * mebibyte), handleDefaults.outputBytesMax),
  mail_result_to: v.optional(v.pipe(v.array(mailAddress), v.maxLength(32)), []),
  mail_result_from: v.optional(mailAddress),
})

export const configSchema = v.strictObject({
  node: v.strictObject({
    name: nodeName,
    domains: v.optional(v.pipe(v.array(domain), v.maxLength(32)), []),
  }),
  listen: v.optional(
    v.strictObject({
      /** Said here, it is so; otherwise who looks after the node decides in the web. */
      lan: v.exactOptional(v.boolean()),
      lan_host: v.optional(address, '0.0.0.0'),
      nncp_host: v.optional(address, '::'),
      smtp: v.optional(port, 1587),
      smtps: v.optional(port, 1465),
      imap: v.optional(port, 1143),
      imaps: v.optional(port, 1993),
      pop3: v.optional(port, 1110),
      pop3s: v.optional(port, 1995),
      web: v.optional(port, 8470),
      nncp: v.optional(port, 5400),
    }),
    {},
  ),
  web: v.optional(
    v.strictObject({
      hosts: v.optional(v.pipe(v.array(webHost), v.maxLength(100)), []),
      upload_bytes_max: v.optional(bytes(mebibyte, 2 ** 40), 1024 * mebibyte),
    }),
    {},
  ),
  lmtp: v.optional(v.strictObject({ listen: v.exactOptional(lmtpListen) }), {}),
  lan: v.optional(
    v.strictObject({
      discovery: v.optional(v.boolean(), true),
      announce: v.optional(v.boolean(), true),
      mdns: v.optional(v.boolean(), true),
    }),
    {},
  ),
  limits: v.optional(
    v.strictObject({
      message_bytes_max: v.optional(bytes(64 * 1024, 1024 * mebibyte), 64 * mebibyte),
      packet_bytes_max: v.optional(bytes(mebibyte, 2 ** 43), 16 * 1024 * mebibyte),
      inbox_bytes_max: v.optional(bytes(mebibyte, 2 ** 43), 8 * 1024 * mebibyte),
      custody_bytes_max: v.optional(bytes(mebibyte, 2 ** 43), 1024 * mebibyte),
      rx_bytes_per_second: v.optional(bytesPerSecond, null),
      tx_bytes_per_second: v.optional(bytesPerSecond, null),
    }),
    {},
  ),
  tcp: v.optional(
    v.strictObject({
      socks5: v.exactOptional(proxy),
      socks5_for: v.optional(v.picklist(['onion', 'all']), 'onion'),
    }),
    {},
  ),
  relay: v.optional(
    v.strictObject({
      from: v.optional(neighbourNames, []),
      to: v.optional(neighbourNames, ['*']),
      bytes_max: v.optional(bytes(mebibyte, 2 ** 43), 1024 * mebibyte),
      tells_passing: v.optional(v.boolean(), false),
    }),
    {},
  ),
  mail: v.optional(
    v.strictObject({
      warn_after_days: v.optional(whole(0, 3650), 5),
      return_after_days: v.optional(whole(0, 3650), 30),
      lifetime_days: v.optional(whole(0, 3650), 0),
      chat_retention_days: v.optional(whole(0, 3650), 30),
      plus_addresses: v.optional(v.boolean(), true),
    }),
    {},
  ),
  journeys: v.optional(v.strictObject({ keep_days: v.optional(whole(0, 3650), 90) }), {}),
  receipts: v.optional(v.strictObject({ fetched: v.optional(v.boolean(), true) }), {}),
  spool: v.optional(v.strictObject({ check_days: v.optional(whole(0, 365), 1) }), {}),
  users: v.optional(
    v.strictObject({
      quota_bytes_max: v.exactOptional(bytes(mebibyte, 2 ** 50)),
      quota_messages_max: v.exactOptional(whole(1, 2 ** 40)),
      first_login: v.optional(v.boolean(), false),
      first_login_users_max: v.optional(whole(1, 1_000_000), 100),
      first_login_per_day: v.optional(whole(1, 1_000_000), 20),
      first_login_per_place: v.optional(whole(1, 1_000_000), 5),
    }),
    {},
  ),
  bot: v.optional(
    v.strictObject({
      enabled: v.optional(v.boolean(), true),
      notices: v.optional(v.boolean(), true),
    }),
    {},
  ),
  gateway: v.optional(gateways, []),
  exec: v.optional(v.record(handleName, handle), {}),
  log: v.optional(
    v.strictObject({
      level: v.optional(v.picklist(['debug', 'info', 'warn', 'error']), 'info'),
      keep_bytes_max: v.optional(bytes(0, 1024 * mebibyte), 32 * mebibyte),
    }),
    {},
  ),
})

export type Config = v.InferOutput<typeof configSchema>

function isProxy(text: string): boolean {
  try {
    socksProxy(text)
    return true
  } catch {
    return false
  }
}
