-- All times are milliseconds since 1970; all "day" columns are days of the stores' own calendar.

CREATE TABLE calendar (
  only_row  INTEGER PRIMARY KEY CHECK (only_row = 1),
  day       INTEGER NOT NULL,
  clock_day INTEGER NOT NULL             -- the date the clock showed when the day began, in days since 1970
) STRICT;
INSERT INTO calendar VALUES (1, 0, 0);

-- ---------------------------------------------------------------------------------------------------------------------
-- Spool

-- The bytes of packets, by their hash. A row is here as long as outbox, inbox or quarantine names it.
CREATE TABLE bodies (
  id         TEXT PRIMARY KEY,
  size_bytes INTEGER NOT NULL,
  bytes      BLOB                        -- NULL: they are in a file
) STRICT;

CREATE TABLE outbox (
  sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
  id           TEXT NOT NULL UNIQUE,
  next_hop     TEXT NOT NULL,
  destination  TEXT NOT NULL,
  niceness     INTEGER NOT NULL CHECK (niceness BETWEEN 1 AND 255),
  kind         TEXT NOT NULL CHECK (kind IN ('letter', 'ack')),
  message_id   TEXT,
  acknowledges TEXT,
  size_bytes   INTEGER NOT NULL,
  committed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_queue ON outbox (next_hop, niceness, sequence);
CREATE UNIQUE INDEX outbox_acknowledges ON outbox (acknowledges) WHERE acknowledges IS NOT NULL;

-- On which media a packet of the outbox has been put.
CREATE TABLE outbox_copies (
  id        TEXT NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
  medium    TEXT NOT NULL,
  copied_at INTEGER NOT NULL,
  PRIMARY KEY (id, medium)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox_summary (
  next_hop   TEXT PRIMARY KEY,
  packets    INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER outbox_added AFTER INSERT ON outbox BEGIN
  INSERT INTO outbox_summary VALUES (new.next_hop, 1, new.size_bytes)
    ON CONFLICT DO UPDATE SET packets = packets + 1, size_bytes = size_bytes + new.size_bytes;
END;
CREATE TRIGGER outbox_removed AFTER DELETE ON outbox BEGIN
  UPDATE outbox_summary SET packets = packets - 1, size_bytes = size_bytes - old.size_bytes
    WHERE next_hop = old.next_hop;
  DELETE FROM outbox_summary WHERE next_hop = old.next_hop AND packets = 0;
END;

CREATE TABLE acknowledged (
  id  TEXT PRIMARY KEY,
  at  INTEGER NOT NULL,
  day INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX acknowledged_day ON acknowledged (day);

CREATE TABLE inbox (
  sequence    INTEGER PRIMARY KEY AUTOINCREMENT,
  id          TEXT NOT NULL UNIQUE,
  sender      TEXT NOT NULL,
  niceness    INTEGER NOT NULL CHECK (niceness BETWEEN 1 AND 255),
  source      TEXT NOT NULL,
  size_bytes  INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  due_at      INTEGER,                   -- NULL: now; else it waits for another try
  attempts    INTEGER NOT NULL DEFAULT 0,
  reason      TEXT                       -- why the last try failed
) STRICT;
CREATE INDEX inbox_ready ON inbox (niceness, sequence) WHERE due_at IS NULL;
CREATE INDEX inbox_waiting ON inbox (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE seen (
  id      TEXT PRIMARY KEY,
  sender  TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('taken', 'refused')),
  at      INTEGER NOT NULL,
  day     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_day ON seen (day);

CREATE TABLE quarantine (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL,
  reason     TEXT NOT NULL,
  source     TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  body       TEXT                        -- id in bodies; NULL: the bytes were not taken in
) STRICT;
CREATE UNIQUE INDEX quarantine_notes ON quarantine (name, source, size_bytes) WHERE body IS NULL;
CREATE INDEX quarantine_bodies ON quarantine (body) WHERE body IS NOT NULL;

CREATE TABLE spool_counts (
  room       TEXT PRIMARY KEY,
  packets    INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO spool_counts VALUES ('inbox', 0, 0), ('quarantine', 0, 0), ('notes', 0, 0);

CREATE TRIGGER inbox_added AFTER INSERT ON inbox BEGIN
  UPDATE spool_counts SET packets = packets + 1, size_bytes = size_bytes + new.size_bytes WHERE room = 'inbox';
END;
CREATE TRIGGER inbox_removed AFTER DELETE ON inbox BEGIN
  UPDATE spool_counts SET packets = packets - 1, size_bytes = size_bytes - old.size_bytes WHERE room = 'inbox';
END;
CREATE TRIGGER quarantine_added AFTER INSERT ON quarantine BEGIN
  UPDATE spool_counts SET packets = packets + 1, size_bytes = size_bytes + new.size_bytes
    WHERE room = 'quarantine' OR (room = 'notes' AND new.body IS NULL);
END;
CREATE TRIGGER quarantine_removed AFTER DELETE ON quarantine BEGIN
  UPDATE spool_counts SET packets = packets - 1, size_bytes = size_bytes - old.size_bytes
    WHERE room = 'quarantine' OR (room = 'notes' AND old.body IS NULL);
END;

-- ---------------------------------------------------------------------------------------------------------------------
-- Mailbox: an index of the Maildirs, which are the truth. Only deliveries, subscriptions and readiness are not in them.

CREATE TABLE mail_users (
  name              TEXT PRIMARY KEY,
  ready             INTEGER NOT NULL DEFAULT 0,   -- 1: a client has been ready, nothing is held back any more
  last_uid_validity INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE mail_folders (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  user          TEXT NOT NULL REFERENCES mail_users (name) ON DELETE CASCADE,
  name          TEXT NOT NULL,
  uid_validity  INTEGER NOT NULL,
  uid_next      INTEGER NOT NULL,
  modseq        INTEGER NOT NULL,                 -- the greatest of the folder
  expunged_from INTEGER NOT NULL DEFAULT 0,       -- expunges up to this modseq have been forgotten
  messages      INTEGER NOT NULL DEFAULT 0,
  unseen        INTEGER NOT NULL DEFAULT 0,
  size_bytes    INTEGER NOT NULL DEFAULT 0,
  rebuilding    INTEGER NOT NULL DEFAULT 0,       -- 1: not all of its files have been taken in yet
  UNIQUE (user, name),
  UNIQUE (user, uid_validity)
) STRICT;

CREATE TABLE mail_messages (
  folder        INTEGER NOT NULL REFERENCES mail_folders (id) ON DELETE CASCADE,
  uid           INTEGER NOT NULL,
  flags         TEXT NOT NULL,                    -- separated by spaces
  seen          INTEGER NOT NULL,                 -- whether \Seen is among them
  deleted       INTEGER NOT NULL,                 -- whether \Deleted is among them
  size_bytes    INTEGER NOT NULL,
  internal_date INTEGER NOT NULL,
  added_modseq  INTEGER NOT NULL,
  modseq        INTEGER NOT NULL,
  file          TEXT NOT NULL,                    -- below the folder: cur/…
  PRIMARY KEY (folder, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_messages_modseq ON mail_messages (folder, modseq);
CREATE INDEX mail_messages_deleted ON mail_messages (folder, uid) WHERE deleted = 1;

CREATE TABLE mail_expunged (
  folder       INTEGER NOT NULL REFERENCES mail_folders (id) ON DELETE CASCADE,
  modseq       INTEGER NOT NULL,
  uid          INTEGER NOT NULL,
  added_modseq INTEGER NOT NULL,
  PRIMARY KEY (folder, modseq, uid)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER mail_message_added AFTER INSERT ON mail_messages BEGIN
  UPDATE mail_folders
    SET messages = messages + 1, unseen = unseen + 1 - new.seen, size_bytes = size_bytes + new.size_bytes
    WHERE id = new.folder;
END;
CREATE TRIGGER mail_message_removed AFTER DELETE ON mail_messages BEGIN
  UPDATE mail_folders
    SET messages = messages - 1, unseen = unseen - 1 + old.seen, size_bytes = size_bytes - old.size_bytes
    WHERE id = old.folder;
END;
CREATE TRIGGER mail_message_seen AFTER UPDATE OF seen ON mail_messages WHEN new.seen <> old.seen BEGIN
  UPDATE mail_folders SET unseen = unseen + old.seen - new.seen WHERE id = new.folder;
END;

-- What was delivered to whom, so that it is not delivered again: one row for the delivery, one for the Message-ID.
CREATE TABLE mail_deliveries (
  hash TEXT PRIMARY KEY,
  user TEXT NOT NULL REFERENCES mail_users (name) ON DELETE CASCADE,
  day  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_deliveries_day ON mail_deliveries (day);
CREATE INDEX mail_deliveries_user ON mail_deliveries (user);

CREATE TABLE mail_subscriptions (
  user TEXT NOT NULL REFERENCES mail_users (name) ON DELETE CASCADE,
  name TEXT NOT NULL,
  PRIMARY KEY (user, name)
) STRICT, WITHOUT ROWID;

-- ---------------------------------------------------------------------------------------------------------------------
-- Directory

CREATE TABLE users (
  name       TEXT PRIMARY KEY,
  password   TEXT NOT NULL,                       -- a PHC string
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE neighbours (
  number          INTEGER PRIMARY KEY AUTOINCREMENT,
  id              TEXT NOT NULL UNIQUE,
  id_prefix       TEXT NOT NULL,                  -- the first 16 characters, lower case
  name            TEXT NOT NULL UNIQUE,
  exchange_key    BLOB NOT NULL,
  signing_key     BLOB NOT NULL,
  noise_key       BLOB,
  addresses       TEXT NOT NULL,                  -- JSON array of strings
  via             TEXT NOT NULL,                  -- JSON array of node ids, the nearest first
  custody         TEXT NOT NULL CHECK (custody IN ('ack', 'copy')),
  posthorn        INTEGER NOT NULL CHECK (posthorn IN (0, 1)),
  card            TEXT,
  added_at        INTEGER NOT NULL,
  last_contact_at INTEGER
) STRICT;
CREATE INDEX neighbours_id_prefix ON neighbours (id_prefix, number);

CREATE TABLE neighbour_domains (
  domain    TEXT NOT NULL,                        -- lower case
  neighbour INTEGER NOT NULL REFERENCES neighbours (number) ON DELETE CASCADE,
  position  INTEGER NOT NULL,
  PRIMARY KEY (domain, neighbour)
) STRICT, WITHOUT ROWID;
CREATE INDEX neighbour_domains_neighbour ON neighbour_domains (neighbour, position);

CREATE TABLE packet_folders (
  name         TEXT PRIMARY KEY,
  path         TEXT NOT NULL UNIQUE,
  added_at     INTEGER NOT NULL,
  last_sync_at INTEGER
) STRICT, WITHOUT ROWID;
