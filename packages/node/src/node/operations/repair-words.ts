/** What a repair of the database did, for people. */
import type { RepairReport, TableRepair } from '../../stores/repair/index.ts'
import type { RepairShown } from './spool-types.ts'

export function repairShown(report: RepairReport): RepairShown {
  return { at: new Date(report.at).toISOString(), cause: report.cause, words: repairWords(report) }
}

/** Each a whole sentence: what was done, what is missing, what to do. */
export function repairWords(report: RepairReport): readonly string[] {
  const { aside, snapshotAt, found, bodiesMissing, locked, strayLetters } = report
  const words = [`The database was repaired: ${report.cause}`]
  if (aside !== null) words.push(`The damaged files lie in ${aside}.`)
  if (snapshotAt !== null) {
    words.push(`What could not be read was taken from the copy of ${new Date(snapshotAt).toISOString()}.`)
  }
  const packets = found.inbox + found.outbox + found.quarantine
  if (packets > 0) {
    words.push(
      `${packets} packets were found again by their files: ${found.inbox} in the inbox, ${found.outbox} in the ` +
        `outbox, ${found.quarantine} set aside.`,
    )
  }
  if (bodiesMissing > 0) {
    words.push(
      `The content of ${bodiesMissing} packets is lost. posthorn check tells their senders, or asks for them again.`,
    )
  }
  words.push(
    'The index of mail is made anew from the Maildirs. In browsers everybody signs in again.',
    ...lossesOf(report.tables),
  )
  if (locked.length > 0) {
    const names = `${locked.slice(0, 20).join(', ')}${locked.length > 20 ? ', …' : ''}`
    words.push(`These people need a new password (posthorn user password NAME): ${names}.`)
  }
  if (strayLetters !== null) {
    words.push(
      `${strayLetters.letters} letters for other mail systems have lost their recipients; their text is in ` +
        `${strayLetters.folder}.`,
    )
  }
  return words
}

/** By what people would miss. Other tables are memories that keep things from being done twice. */
const losses: Readonly<Record<string, string>> = {
  users: 'some people, or what is set for them: posthorn user list',
  app_passwords: 'passwords of apps, also those taken back since: posthorn user app-password list NAME',
  api_tokens: 'tokens of scripts: posthorn token list, and make new ones (posthorn token add)',
  join_invites: 'invites for people: posthorn user invites, and make new ones (posthorn user invite)',
  web_accounts: 'whose chats on the web are whose: those people begin anew there',
  aliases: 'aliases: posthorn alias list',
  alias_targets: 'where aliases lead: posthorn alias list',
  neighbours: 'neighbours: posthorn neighbour list, and posthorn neighbour add CARD',
  line_bounds: 'bounds of lines: posthorn neighbour show NAME',
  call_schedules: 'schedules of calls: posthorn schedule list',
  packet_folders: 'packet folders: posthorn folder list',
  areas: 'areas: posthorn area list',
  area_subscribers: 'subscribers of areas: posthorn area show NAME',
  invites: 'open invites: make new ones',
  neighbour_handles: 'programs for neighbours: posthorn handle list',
  outbox: 'letters on their way out',
  inbox: 'packets on their way in',
  quarantine: 'what was set aside: posthorn quarantine list',
  bodies: 'the content of packets',
  queue_letters: 'letters for other mail systems: posthorn queue list',
  queue_handovers: 'letters for other mail systems: posthorn queue list',
  mail_subscriptions: 'subscriptions to folders',
  mail_annotations: 'annotations of folders',
  mail_deliveries: 'which letters were delivered: one that comes again may be there twice',
  seen: 'which packets were seen: one that comes again is opened again',
  acknowledged: 'which packets arrived',
}

function lossesOf(tables: readonly TableRepair[]): readonly string[] {
  const named = tables.filter(({ table }) => losses[table] !== undefined)
  if (named.length === 0) return []
  const older = named.filter(({ fromSnapshot }) => fromSnapshot > 0).map(({ table }) => losses[table])
  const gone = named.filter(({ fromSnapshot }) => fromSnapshot === 0).map(({ table }) => losses[table])
  return [
    ...(older.length === 0 ? [] : [`Completed from the copy, and perhaps not the latest: ${unique(older)}.`]),
    ...(gone.length === 0 ? [] : [`Perhaps not complete: ${unique(gone)}.`]),
  ]
}

function unique(words: readonly (string | undefined)[]): string {
  return [...new Set(words)].join('; ')
}
