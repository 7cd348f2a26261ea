/** What of the database can be made anew from something else, and what must be true of the rest. */

/**
 * Not copied. The index of mail is made anew from the Maildirs, its notes from the letters, sums from what they sum up.
 */
export const derivedTables: ReadonlySet<string> = new Set([
  'schema_migrations',
  'mail_messages',
  'mail_expunged',
  'mail_unnoted',
  'mail_summaries',
  'mail_headers',
  'mail_texts',
  'mail_gone',
  'outbox_summary',
  'queue_summary',
  'custody_summary',
  'spool_counts',
  'tombstone_counts',
  // A snapshot may be older than the end of a session: everybody signs in again.
  'web_sessions',
])

/**
 * Not completed from the copy: a token of a script or an invite to live here that was taken back or used since would be
 * good again for whoever has it.
 * App passwords are: without them people's mail would stop.
 */
export const neverFromSnapshot: ReadonlySet<string> = new Set(['api_tokens', 'join_invites'])

/** What was there in the snapshot and is settled since. */
export const settledSince: Readonly<Record<string, string>> = {
  outbox: 'id IN (SELECT id FROM acknowledged)',
  inbox: 'id IN (SELECT id FROM seen)',
}

/** Texts that are read as JSON, and what stands in for one that is none. */
const jsonTexts = [
  ['outbox', 'envelope', 'NULL'],
  ['quarantine', 'way_back', 'NULL'],
  ['users', 'forward_to', 'NULL'],
  ['neighbours', 'addresses', `'[]'`],
  ['neighbours', 'via', `'[]'`],
  ['neighbours', 'other_roads', `'[]'`],
] as const

/** A row where SQLite sees nothing wrong, but those would who read it. */
export const brokenTexts: Readonly<Record<string, string>> = Object.fromEntries(
  [...jsonTexts, ['handed_over', 'envelope'] as const, ['custody', 'envelope'] as const].map(([table, column]) => [
    `a text in ${table}.${column} is damaged`,
    `SELECT 1 FROM ${table} WHERE ${column} IS NOT NULL AND NOT json_valid(${column}) LIMIT 1`,
  ]),
)

const packetTables = ['outbox', 'inbox']

/** Run on the new database once all rows are there, its triggers not yet. In this order. */
export const mending: readonly string[] = [
  // A name of a packet that was hit is the name of none.
  ...packetTables.map(table => `DELETE FROM ${table} WHERE length(id) <> 52 OR id GLOB '*[^A-Z2-7]*'`),
  `DELETE FROM bodies WHERE length(id) <> 52 OR id GLOB '*[^A-Z2-7]*'`,
  ...Object.entries(settledSince).map(([table, settled]) => `DELETE FROM ${table} WHERE ${settled}`),
  ...jsonTexts.map(
    ([table, column, otherwise]) =>
      `UPDATE ${table} SET ${column} = ${otherwise} WHERE ${column} IS NOT NULL AND NOT json_valid(${column})`,
  ),
  'DELETE FROM handed_over WHERE NOT json_valid(envelope)',
  `UPDATE custody SET envelope = '{"returnPath":"","recipients":[]}' WHERE NOT json_valid(envelope)`,
  `DELETE FROM outbox_excerpts WHERE sequence NOT IN (SELECT sequence FROM outbox)
    AND sequence NOT IN (SELECT sequence FROM custody)`,
  // Whoever had mail here had a client before: nothing is held back.
  ...['mail_folders', 'mail_deliveries', 'mail_subscriptions', 'mail_annotations'].map(
    table => `INSERT OR IGNORE INTO mail_users (name, ready, furnished) SELECT DISTINCT user, 1, 1 FROM ${table}`,
  ),
  // The Maildirs say what is there.
  'UPDATE mail_folders SET messages = 0, unseen = 0, size_bytes = 0, rebuilding = 1',
]

/** Sums, from what they sum up. */
export const sums: readonly string[] = [
  'DELETE FROM outbox_summary',
  `INSERT INTO outbox_summary SELECT next_hop, count(*), sum(size_bytes) FROM outbox GROUP BY next_hop`,
  'DELETE FROM tombstone_counts',
  'INSERT INTO tombstone_counts SELECT sender, count(*) FROM tombstones GROUP BY sender',
  'DELETE FROM custody_summary',
  `INSERT INTO custody_summary SELECT destination, count(*), sum(handed_over_at IS NOT NULL),
    sum(size_bytes * has_body * (handed_over_at IS NOT NULL)) FROM custody GROUP BY destination`,
  'DELETE FROM queue_summary',
  `INSERT INTO queue_summary SELECT gateway, count(*), sum(size_bytes) FROM queue_handovers GROUP BY gateway`,
  ...[
    ['inbox', 'inbox'],
    ['quarantine', 'quarantine'],
    ['notes', 'quarantine WHERE body IS NULL'],
    ['relayed', `outbox WHERE kind IN ('relayed', 'relayed-ack')`],
  ].map(
    ([room, from]) => `UPDATE spool_counts SET (packets, size_bytes) =
      (SELECT count(*), coalesce(sum(size_bytes), 0) FROM ${from}) WHERE room = '${room}'`,
  ),
  `UPDATE spool_counts SET (packets, size_bytes) = (SELECT count(*), coalesce(sum(size_bytes * has_body), 0)
    FROM custody WHERE handed_over_at IS NOT NULL) WHERE room = 'custody'`,
]

/** Packets that wait here and whose bytes are gone: the check of the spool finds them missing. Answers how many. */
export const missingBodies = `INSERT INTO bodies (id, size_bytes, bytes)
  SELECT id, size_bytes, NULL FROM outbox WHERE id NOT IN (SELECT id FROM bodies)
  UNION SELECT id, size_bytes, NULL FROM inbox WHERE id NOT IN (SELECT id FROM bodies)
  UNION SELECT id, size_bytes, NULL FROM custody WHERE has_body = 1 AND id NOT IN (SELECT id FROM bodies)
  UNION SELECT body, size_bytes, NULL FROM quarantine
    WHERE body IS NOT NULL AND body NOT IN (SELECT id FROM bodies)`

const named = `id NOT IN (SELECT id FROM outbox) AND id NOT IN (SELECT id FROM inbox)
  AND id NOT IN (SELECT id FROM custody WHERE has_body = 1)
  AND id NOT IN (SELECT body FROM quarantine WHERE body IS NOT NULL)`

/** Bytes that nothing names. */
export const strayBodies = `SELECT id, size_bytes AS sizeBytes, bytes FROM bodies WHERE bytes IS NOT NULL AND ${named}`
export const removeStrayFiles = `DELETE FROM bodies WHERE ${named}`
