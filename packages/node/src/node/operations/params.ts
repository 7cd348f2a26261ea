/** What each operation may be asked with. The admin socket carries claims: whatever does not fit is refused whole. */
import { isAbsolute } from 'node:path'
import { apiLimits } from '@posthorn/api'
import { isNiceness } from '@posthorn/nncp'
import * as v from 'valibot'
import { OperatingError } from '../../base/errors.ts'
import { pairingLimits } from '../../services/pairing/index.ts'
import { directoryLimits } from '../../stores/directory/limits.ts'
import { mailPlacePattern } from '../../stores/directory/names.ts'
import { historiesLimits } from '../../stores/histories/limits.ts'
import type { OperationName, ParamsOf } from './types.ts'

const nameCharactersMax = 256
const pathCharactersMax = 4096
const cardCharactersMax = 1024 * 1024
const addressCharactersMax = 1024
const listedMax = 32
/** Padding costs time and room. */
const minimumSizeBytesMax = 16 * 1024 ** 3
const filesListedMax = 10_000
/** Of a letter; which of them can be reached is judged where it is taken. */
const recipientsMax = 1000
const mailNameCharactersMax = 1024
const packetsMax = 10_000
const packetsListedMax = 1000
const journeysMax = 1000
const argumentsMax = 256
const onlineDeadlineMsMax = 86_400_000
const cronCharactersMax = 200
const packetsPerSecondMax = 1_000_000
/** One message of a session has 64 KiB: at fewer bytes a second it would take longer than silence may. */
const bytesPerSecondMin = 1024
const bytesPerSecondMax = 2 ** 40

const name = v.pipe(v.string(), v.maxLength(nameCharactersMax))
const password = v.exactOptional(v.pipe(v.string(), v.maxLength(nameCharactersMax)))
const path = v.pipe(v.string(), v.maxLength(pathCharactersMax), v.check(isPath, 'must be an absolute path'))
/** Names of files on their way; what may be in them is judged where they are used. */
const fileName = v.pipe(v.string(), v.maxLength(nameCharactersMax))
const niceness = v.exactOptional(v.pipe(v.number(), v.check(isNiceness, 'must be 1 to 255')))
const size = wholeNumber(1, Number.MAX_SAFE_INTEGER)
const names = v.exactOptional(v.pipe(v.array(name), v.maxLength(listedMax)))
/** What is shown on terminals. A command may be an address. */
const plain = v.regex(/^[\x20-\x7e]+$/, 'must be plain')
const address = v.pipe(v.string(), v.maxLength(addressCharactersMax), plain)
const mailName = v.pipe(v.string(), v.maxLength(mailNameCharactersMax))
const limit = v.union([v.picklist(['none', 'default']), wholeNumber(1, Number.MAX_SAFE_INTEGER)])
const { forwardsMax, aliasTargetsMax, otherRoadsMax } = directoryLimits
const someNames = v.pipe(v.array(name), v.minLength(1), v.maxLength(listedMax))
const inviteText = v.pipe(v.string(), v.maxLength(cardCharactersMax))
const word = v.pipe(v.string(), v.maxLength(pathCharactersMax), v.check(isWord, 'must not hold NUL'))
const mailPlace = v.pipe(v.string(), v.regex(mailPlacePattern, 'must be NAME, NAME@sender or a mail address'))
const olderMs = v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(0)))
/** What may be said is judged where it is read; a line end in it would be one in a report. */
const notify = v.exactOptional(v.array(v.picklist(['success', 'failure', 'delay'])))
const printable = v.exactOptional(v.pipe(v.string(), v.maxLength(mailNameCharactersMax), v.regex(/^[ -~]+$/)))
const letterWishes = v.strictObject({
  notify,
  returns: v.exactOptional(v.picklist(['full', 'headers'])),
  envelopeId: printable,
  recipients: v.exactOptional(v.record(mailName, v.strictObject({ notify, originalRecipient: printable }))),
})
const letterNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const letterNumbers = v.pipe(v.array(letterNumber), v.minLength(1), v.maxLength(packetsMax))
/** What may be in it is judged by the mailbox. */
const mailFolder = v.pipe(v.string(), v.minLength(1), v.maxLength(nameCharactersMax))
const nothing = v.strictObject({})
const duration = v.exactOptional(v.nullable(wholeNumber(1, onlineDeadlineMsMax)))
const packetRate = v.exactOptional(v.nullable(wholeNumber(1, packetsPerSecondMax)))
const byteRate = v.exactOptional(v.nullable(wholeNumber(bytesPerSecondMin, bytesPerSecondMax)))
const bounds = {
  onlineDeadlineMs: duration,
  onlineMsMax: duration,
  rxPacketsPerSecond: packetRate,
  txPacketsPerSecond: packetRate,
  rxBytesPerSecond: byteRate,
  txBytesPerSecond: byteRate,
}

type Schemas = { readonly [N in OperationName]: v.GenericSchema<unknown, ParamsOf<N>> }

const schemas: Schemas = {
  status: nothing,
  'user.add': v.strictObject({ name, password, admin: v.exactOptional(v.boolean()) }),
  'user.admin': v.strictObject({ name, admin: v.boolean() }),
  'token.add': v.strictObject({ label: name, user: name, admin: v.boolean() }),
  'token.list': v.strictObject({ user: v.exactOptional(name) }),
  'token.remove': v.strictObject({ label: name, user: name }),
  'user.list': nothing,
  'user.password': v.strictObject({ name, password }),
  'user.show': v.strictObject({ name }),
  'user.remove': v.strictObject({
    name,
    mail: v.exactOptional(v.picklist(['keep', 'delete'])),
    keepsAdmin: v.exactOptional(v.boolean()),
  }),
  'user.quota': v.strictObject({ name, bytes: v.exactOptional(limit), messages: v.exactOptional(limit) }),
  'user.set': v.strictObject({ name, notices: v.picklist(['on', 'off', 'default']) }),
  'bot.show': nothing,
  'user.retention': v.strictObject({ name, days: limit }),
  'user.invite': v.strictObject({
    name: v.exactOptional(name),
    quotaBytes: v.exactOptional(size),
    days: wholeNumber(1, apiLimits.inviteDaysMax),
    uses: wholeNumber(1, apiLimits.inviteUsesMax),
  }),
  'user.invites': nothing,
  'user.uninvite': v.strictObject({ id: name }),
  'user.forward': v.strictObject({ name, to: v.pipe(v.array(address), v.maxLength(forwardsMax)), keep: v.boolean() }),
  'app-password.add': v.strictObject({ name, label: name }),
  'app-password.list': v.strictObject({ name }),
  'app-password.remove': v.strictObject({ name, label: name }),
  'alias.add': v.strictObject({
    address,
    targets: v.pipe(v.array(address), v.minLength(1), v.maxLength(aliasTargetsMax)),
  }),
  'alias.list': nothing,
  'alias.remove': v.strictObject({ address }),
  'card.show': nothing,
  'neighbour.add': v.strictObject({
    card: v.pipe(v.string(), v.maxLength(cardCharactersMax)),
    name: v.exactOptional(name),
    via: names,
    orVia: v.exactOptional(v.pipe(v.array(someNames), v.maxLength(otherRoadsMax))),
    addr: v.exactOptional(v.pipe(v.array(address), v.maxLength(listedMax))),
    custody: v.exactOptional(v.picklist(['ack', 'copy'])),
  }),
  'neighbour.list': nothing,
  'neighbour.nearby': nothing,
  'neighbour.show': v.strictObject({ name }),
  'neighbour.remove': v.strictObject({ name }),
  'neighbour.set': v.strictObject({
    name,
    incoming: v.exactOptional(v.nullable(v.union([path, v.literal('default')]))),
    reassemble: v.exactOptional(v.boolean()),
    freq: v.exactOptional(v.nullable(path)),
    freqChunk: v.exactOptional(v.nullable(size)),
    freqMinSize: v.exactOptional(wholeNumber(0, minimumSizeBytesMax)),
    freqMaxSize: v.exactOptional(v.nullable(size)),
  }),
  'neighbour.call': v.strictObject({
    name,
    onlineDeadlineMs: v.exactOptional(wholeNumber(1, onlineDeadlineMsMax)),
    nicenessMax: v.exactOptional(wholeNumber(1, 255)),
  }),
  'neighbour.pause': v.strictObject({ name, on: v.boolean() }),
  'neighbour.history': v.strictObject({ name, days: v.exactOptional(wholeNumber(1, historiesLimits.daysMax)) }),
  'neighbour.limit': v.strictObject({ name, ...bounds }),
  'schedule.add': v.strictObject({
    ...{ neighbour: name, ...bounds },
    cron: v.pipe(v.string(), v.maxLength(cronCharactersMax), plain),
    whenWaiting: v.exactOptional(v.boolean()),
    nicenessMax: v.exactOptional(wholeNumber(1, 255)),
    direction: v.exactOptional(v.picklist(['both', 'send', 'receive'])),
    address: v.exactOptional(address),
  }),
  'schedule.list': v.strictObject({ neighbour: v.exactOptional(name) }),
  'schedule.remove': v.strictObject({ neighbour: name, number: v.pipe(v.number(), v.safeInteger()) }),
  'invite.add': v.strictObject({
    kind: v.picklist(['live', 'file']),
    name: v.exactOptional(name),
    addr: v.exactOptional(v.pipe(v.array(address), v.maxLength(pairingLimits.addressesMax))),
    lifeMs: v.exactOptional(wholeNumber(1, pairingLimits.lifeMsMax)),
  }),
  'invite.list': nothing,
  'invite.cancel': v.strictObject({ id: name }),
  'invite.follow': v.strictObject({ id: name, seen: wholeNumber(0, pairingLimits.noticesMax) }),
  'invite.accept': v.strictObject({ reply: inviteText, name: v.exactOptional(name) }),
  'pairing.join': v.strictObject({
    invite: inviteText,
    name: v.exactOptional(name),
    addr: v.exactOptional(v.pipe(v.array(address), v.maxLength(listedMax))),
  }),
  'pairing.reply': v.strictObject({ invitation: inviteText, name: v.exactOptional(name) }),
  'folder.add': v.strictObject({ path, name: v.exactOptional(name) }),
  'folder.list': nothing,
  'folder.remove': v.strictObject({ name: v.pipe(v.string(), v.maxLength(pathCharactersMax)) }),
  'folder.sync': v.strictObject({ folder: v.exactOptional(v.pipe(v.string(), v.maxLength(pathCharactersMax))) }),
  'folder.contents': v.strictObject({ name: v.pipe(v.string(), v.maxLength(pathCharactersMax)) }),
  'folder.release': v.strictObject({ name: v.pipe(v.string(), v.maxLength(pathCharactersMax)) }),
  'bundle.write': v.strictObject({
    path,
    name: v.exactOptional(name),
    to: names,
    nice: niceness,
    hold: v.exactOptional(v.boolean()),
  }),
  'bundle.confirm': v.strictObject({ path, name, release: v.boolean() }),
  'bundle.read': v.strictObject({ path, name: v.exactOptional(name) }),
  'file.send': v.strictObject({
    path,
    to: name,
    as: fileName,
    nice: niceness,
    chunkBytes: v.exactOptional(size),
    minimumSizeBytes: v.exactOptional(wholeNumber(0, minimumSizeBytesMax)),
  }),
  'file.request': v.strictObject({
    to: name,
    source: fileName,
    as: v.exactOptional(fileName),
    nice: niceness,
    replyNice: niceness,
  }),
  'file.forget': v.strictObject({ from: name, file: fileName }),
  'file.list': v.strictObject({ limit: v.exactOptional(wholeNumber(1, filesListedMax)) }),
  'area.create': v.strictObject({ name }),
  'area.join': v.strictObject({
    source: v.pipe(v.string(), v.maxLength(cardCharactersMax)),
    name: v.exactOptional(name),
    relay: v.exactOptional(v.boolean()),
  }),
  'area.list': nothing,
  'area.show': v.strictObject({ name, secret: v.exactOptional(v.boolean()) }),
  'area.subscribe': v.strictObject({ name, nodes: someNames }),
  'area.unsubscribe': v.strictObject({ name, nodes: someNames }),
  'area.set': v.strictObject({
    name,
    rename: v.exactOptional(name),
    files: v.exactOptional(v.union([path, v.boolean()])),
    handles: names,
    allowUnknown: v.exactOptional(v.boolean()),
  }),
  'area.remove': v.strictObject({ name }),
  'area.send': v.strictObject({
    name,
    path,
    as: fileName,
    nice: niceness,
    minimumSizeBytes: v.exactOptional(wholeNumber(0, minimumSizeBytesMax)),
  }),
  'area.exec': v.strictObject({
    name,
    handle: name,
    args: v.pipe(v.array(name), v.maxLength(argumentsMax)),
    path,
    nice: niceness,
    replyNice: niceness,
    compress: v.boolean(),
  }),
  'mail.import': v.strictObject({
    user: name,
    path,
    folder: v.exactOptional(mailFolder),
    format: v.exactOptional(v.picklist(['mbox', 'maildir', 'eml'])),
  }),
  'mail.export': v.strictObject({
    user: name,
    path,
    folder: v.exactOptional(mailFolder),
    format: v.picklist(['mbox', 'maildir']),
  }),
  'backup.hold': v.strictObject({ database: path }),
  'mail.rebuild': v.strictObject({ user: v.exactOptional(name) }),
  'nncp.import': v.strictObject({ config: v.unknown(), dryRun: v.exactOptional(v.boolean()) }),
  'nncp.take-spool': v.strictObject({
    path,
    move: v.exactOptional(v.boolean()),
    dryRun: v.exactOptional(v.boolean()),
  }),
  'nncp.export': v.strictObject({ spool: path, log: path }),
  'nncp.put-spool': v.strictObject({ path }),
  'letter.recall': v.strictObject({
    messageId: mailName,
    sender: v.exactOptional(mailName),
    recipients: v.exactOptional(v.pipe(v.array(mailName), v.minLength(1), v.maxLength(recipientsMax))),
  }),
  'letter.resend': v.strictObject({ neighbour: name, messageId: v.exactOptional(mailName) }),
  'letter.judge': v.strictObject({ address: mailName }),
  'letter.submit': v.strictObject({
    path,
    sender: v.nullable(mailName),
    fullName: v.nullable(name),
    recipients: v.pipe(v.array(mailName), v.maxLength(recipientsMax)),
    fromHeader: v.boolean(),
    wishes: letterWishes,
    inBatch: v.boolean(),
  }),
  'exec.send': v.strictObject({
    neighbour: name,
    handle: name,
    args: v.pipe(v.array(name), v.maxLength(argumentsMax)),
    path,
    nice: niceness,
    replyNice: niceness,
    compress: v.boolean(),
  }),
  'handle.add': v.strictObject({
    neighbour: name,
    name,
    command: v.pipe(v.array(word), v.minLength(1), v.maxLength(argumentsMax)),
    resultFrom: v.exactOptional(mailPlace),
    resultTo: v.exactOptional(v.pipe(v.array(mailPlace), v.maxLength(listedMax))),
  }),
  'handle.list': nothing,
  'handle.remove': v.strictObject({ neighbour: name, name }),
  'spool.check': v.strictObject({ anyway: v.exactOptional(v.boolean()) }),
  'spool.stat': v.strictObject({ neighbour: v.exactOptional(name) }),
  'spool.packets': v.strictObject({ neighbour: name, limit: v.exactOptional(wholeNumber(1, packetsListedMax)) }),
  'spool.raise': v.strictObject({ packet: name, nice: v.pipe(v.number(), v.check(isNiceness, 'must be 1 to 255')) }),
  'spool.remove': v.strictObject({
    packets: v.exactOptional(v.pipe(v.array(name), v.minLength(1), v.maxLength(packetsMax))),
    neighbour: v.exactOptional(name),
    all: v.exactOptional(v.boolean()),
    tx: v.boolean(),
    rx: v.boolean(),
    olderMs,
    dryRun: v.boolean(),
  }),
  'spool.remove-partial': v.strictObject({ olderMs, dryRun: v.boolean() }),
  'spool.forget-seen': v.strictObject({ neighbour: v.exactOptional(name), olderMs, dryRun: v.boolean() }),
  toss: nothing,
  'journey.track': v.strictObject({
    messageId: v.exactOptional(mailName),
    last: v.exactOptional(v.boolean()),
    to: v.exactOptional(mailName),
    sender: v.exactOptional(mailName),
    limit: v.exactOptional(wholeNumber(1, journeysMax)),
  }),
  'journey.news': v.strictObject({
    cursor: v.exactOptional(wholeNumber(0, Number.MAX_SAFE_INTEGER)),
    sender: v.exactOptional(mailName),
    limit: v.exactOptional(wholeNumber(1, journeysMax)),
  }),
  'queue.list': v.strictObject({ gateway: v.exactOptional(name), limit: v.exactOptional(wholeNumber(1, packetsMax)) }),
  'queue.show': v.strictObject({ number: letterNumber }),
  'queue.retry': v.strictObject({
    numbers: v.exactOptional(letterNumbers),
    gateway: v.exactOptional(name),
    all: v.exactOptional(v.boolean()),
  }),
  'queue.remove': v.strictObject({ numbers: letterNumbers }),
  'quarantine.list': nothing,
  'quarantine.remove': v.strictObject({ number: v.pipe(v.number(), v.safeInteger()) }),
  'quarantine.retry': v.strictObject({ number: v.pipe(v.number(), v.safeInteger()) }),
}

/** @throws OperatingError `bad-request` that names the parameter, never its value. */
export function checkedParams<N extends OperationName>(operation: N, params: unknown): ParamsOf<N> {
  const schema: v.GenericSchema<unknown, ParamsOf<N>> = schemas[operation]
  const result = v.safeParse(schema, params)
  if (result.success) return result.output
  const paths = result.issues.map(issue => v.getDotPath(issue) ?? 'the parameters')
  throw new OperatingError(`${operation} cannot be asked like this: look at ${paths.slice(0, 10).join(', ')}.`, {
    code: 'bad-request',
    retry: 'never',
  })
}

function wholeNumber(least: number, most: number) {
  return v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))
}

function isWord(text: string): boolean {
  return !text.includes('\0')
}

function isPath(text: string): boolean {
  return isAbsolute(text) && !text.includes('\0')
}
