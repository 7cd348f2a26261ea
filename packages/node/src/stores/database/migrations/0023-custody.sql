-- Letters stay with their sender until the node that they are for has given its receipt.

-- Of a packet that carries such a letter: the letter's id below, and the relays on its road, separated by blanks.
ALTER TABLE outbox ADD COLUMN custody TEXT;
ALTER TABLE outbox ADD COLUMN road TEXT;
CREATE INDEX outbox_custody ON outbox (custody) WHERE custody IS NOT NULL;
-- Letters in custody wait there, whether a packet of theirs is in the outbox or not.
DROP INDEX outbox_waiting;
CREATE INDEX outbox_waiting ON outbox (warned, day) WHERE envelope IS NOT NULL AND custody IS NULL;
DROP TRIGGER outbox_excerpt_removed;
CREATE TRIGGER outbox_excerpt_removed AFTER DELETE ON outbox WHEN old.envelope IS NOT NULL AND old.custody IS NULL BEGIN
  DELETE FROM outbox_excerpts WHERE sequence = old.sequence;
END;

-- From the moment in which a letter is accepted until its receipt came or it was given up.
CREATE TABLE custody (
  sequence       INTEGER PRIMARY KEY,             -- that of its first packet in the outbox
  id             TEXT NOT NULL UNIQUE,            -- of the packet as the destination sees it; its body is kept
  destination    TEXT NOT NULL,
  niceness       INTEGER NOT NULL,
  message_id     TEXT,
  envelope       TEXT NOT NULL,
  size_bytes     INTEGER NOT NULL,
  committed_at   INTEGER NOT NULL,
  day            INTEGER NOT NULL,
  warned         INTEGER NOT NULL DEFAULT 0 CHECK (warned IN (0, 1)),
  tells_success  INTEGER NOT NULL CHECK (tells_success IN (0, 1)),
  series         TEXT NOT NULL,
  number         INTEGER NOT NULL,
  has_body       INTEGER NOT NULL DEFAULT 1 CHECK (has_body IN (0, 1)),
  handed_over_at INTEGER,                         -- NULL: no other node has had it yet
  tries          INTEGER NOT NULL DEFAULT 0,      -- how often it was sent again
  due            INTEGER NOT NULL                 -- of `running`: when its silence has lasted too long
) STRICT;
CREATE UNIQUE INDEX custody_numbers ON custody (destination, series, number);
CREATE INDEX custody_due ON custody (due);
CREATE INDEX custody_waiting ON custody (warned, day);
CREATE INDEX custody_held ON custody (sequence) WHERE handed_over_at IS NOT NULL AND has_body = 1;

CREATE TABLE custody_roads (
  letter    TEXT NOT NULL REFERENCES custody (id) ON DELETE CASCADE,
  road      TEXT NOT NULL,
  tries     INTEGER NOT NULL,
  handed_to TEXT,                                 -- who took it over on this road
  handed    INTEGER,                              -- when, of `running`
  PRIMARY KEY (letter, road)
) STRICT, WITHOUT ROWID;

CREATE TABLE custody_summary (
  destination TEXT PRIMARY KEY,
  letters     INTEGER NOT NULL,
  handed_over INTEGER NOT NULL,
  size_bytes  INTEGER NOT NULL                    -- of the bodies that are kept of letters which were handed over
) STRICT, WITHOUT ROWID;
INSERT INTO spool_counts VALUES ('custody', 0, 0);

CREATE TRIGGER custody_added AFTER INSERT ON custody BEGIN
  INSERT INTO custody_summary VALUES (new.destination, 1, 0, 0) ON CONFLICT DO UPDATE SET letters = letters + 1;
END;
CREATE TRIGGER custody_changed AFTER UPDATE OF handed_over_at, has_body ON custody BEGIN
  UPDATE custody_summary SET
      handed_over = handed_over + (new.handed_over_at IS NOT NULL) - (old.handed_over_at IS NOT NULL),
      size_bytes = size_bytes + new.size_bytes * new.has_body * (new.handed_over_at IS NOT NULL)
        - old.size_bytes * old.has_body * (old.handed_over_at IS NOT NULL)
    WHERE destination = new.destination;
  UPDATE spool_counts SET
      packets = packets + (new.handed_over_at IS NOT NULL) - (old.handed_over_at IS NOT NULL),
      size_bytes = size_bytes + new.size_bytes * new.has_body * (new.handed_over_at IS NOT NULL)
        - old.size_bytes * old.has_body * (old.handed_over_at IS NOT NULL)
    WHERE room = 'custody';
END;
CREATE TRIGGER custody_removed AFTER DELETE ON custody BEGIN
  DELETE FROM outbox_excerpts WHERE sequence = old.sequence;
  UPDATE custody_summary SET letters = letters - 1,
      handed_over = handed_over - (old.handed_over_at IS NOT NULL),
      size_bytes = size_bytes - old.size_bytes * old.has_body * (old.handed_over_at IS NOT NULL)
    WHERE destination = old.destination;
  DELETE FROM custody_summary WHERE destination = old.destination AND letters = 0;
  UPDATE spool_counts SET packets = packets - (old.handed_over_at IS NOT NULL),
      size_bytes = size_bytes - old.size_bytes * old.has_body * (old.handed_over_at IS NOT NULL)
    WHERE room = 'custody';
END;

-- For how long this node has run while letters were in custody: no clock, and no time in which it was off.
CREATE TABLE running (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  ms       INTEGER NOT NULL
) STRICT;
INSERT INTO running VALUES (1, 0);

-- From handing over to receipt, by road, as TCP reckons its round trips (RFC 6298).
CREATE TABLE road_times (
  destination  TEXT NOT NULL,
  road         TEXT NOT NULL,
  smoothed_ms  INTEGER NOT NULL,
  deviation_ms INTEGER NOT NULL,
  day          INTEGER NOT NULL,
  PRIMARY KEY (destination, road)
) STRICT, WITHOUT ROWID;

-- Letters are numbered for each destination. Another generation of the database (see restores) begins another series.
CREATE TABLE letter_series (
  generation INTEGER PRIMARY KEY,
  series     TEXT NOT NULL
) STRICT;
CREATE TABLE letter_numbers (
  destination TEXT PRIMARY KEY,
  series      TEXT NOT NULL,
  last        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Receipts that came: the letters, and the signed batches in which they stood.
CREATE TABLE receipted (
  id          TEXT PRIMARY KEY,
  destination TEXT NOT NULL,
  recipients  TEXT NOT NULL,                      -- JSON
  outcomes    BLOB NOT NULL,                      -- a byte for each of them
  at          INTEGER NOT NULL,                   -- by the clock of the node that gave it
  batch       INTEGER NOT NULL,
  day         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX receipted_day ON receipted (day);
CREATE TABLE receipt_batches (
  id    INTEGER PRIMARY KEY AUTOINCREMENT,
  node  TEXT NOT NULL,
  bytes BLOB NOT NULL,
  day   INTEGER NOT NULL
) STRICT;
CREATE INDEX receipt_batches_day ON receipt_batches (day);

-- What senders are still to be told of what receipts said.
CREATE TABLE receipt_news (
  sequence     INTEGER PRIMARY KEY,
  id           TEXT NOT NULL,
  message_id   TEXT,
  envelope     TEXT NOT NULL,
  committed_at INTEGER NOT NULL,
  destination  TEXT NOT NULL,
  outcomes     BLOB NOT NULL,
  at           INTEGER NOT NULL
) STRICT;

-- Receipts that this node gives.
CREATE TABLE receipts (
  id       TEXT PRIMARY KEY,                      -- of the letter
  node     TEXT NOT NULL,                         -- who sent it
  outcomes BLOB NOT NULL,
  at       INTEGER NOT NULL,
  owed     INTEGER NOT NULL CHECK (owed IN (0, 1)),
  day      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX receipts_owed ON receipts (node) WHERE owed = 1;
CREATE INDEX receipts_day ON receipts (day);
-- Which of them stand in a packet that has not left yet.
CREATE TABLE receipt_packets (
  packet TEXT NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
  letter TEXT NOT NULL,
  node   TEXT NOT NULL,
  PRIMARY KEY (packet, letter)
) STRICT, WITHOUT ROWID;
CREATE INDEX receipt_packets_node ON receipt_packets (node, packet);

-- Numbers of letters that came from others, by sender and series. Ranges are JSON: [[first, last], …].
CREATE TABLE letters_from (
  sender     TEXT NOT NULL,
  series     TEXT NOT NULL,
  generation INTEGER NOT NULL,
  since      INTEGER NOT NULL,                    -- the first of its sender's series has the lowest
  newest     INTEGER NOT NULL,
  waiting    TEXT NOT NULL,                       -- earlier ones without receipt, as the newest said
  have       TEXT NOT NULL,
  day_max    INTEGER NOT NULL,                    -- the latest day of the sender's own calendar
  PRIMARY KEY (sender, series)
) STRICT, WITHOUT ROWID;
