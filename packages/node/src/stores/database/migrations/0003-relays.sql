-- Packets on their way through this node. SQLite cannot change a CHECK: outbox is built anew, its rows with it.

CREATE TABLE copies_kept AS SELECT id, medium, copied_at FROM outbox_copies;
DROP TABLE outbox_copies;

CREATE TABLE outbox_anew (
  sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
  id           TEXT NOT NULL UNIQUE,
  next_hop     TEXT NOT NULL,
  destination  TEXT NOT NULL,
  niceness     INTEGER NOT NULL CHECK (niceness BETWEEN 1 AND 255),
  kind         TEXT NOT NULL CHECK (kind IN ('letter', 'ack', 'relayed', 'relayed-ack')),
  message_id   TEXT,
  acknowledges TEXT,
  envelope     TEXT,
  size_bytes   INTEGER NOT NULL,
  committed_at INTEGER NOT NULL
) STRICT;
INSERT INTO outbox_anew
  SELECT sequence, id, next_hop, destination, niceness, kind, message_id, acknowledges, envelope, size_bytes, committed_at
  FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_anew RENAME TO outbox;
CREATE INDEX outbox_queue ON outbox (next_hop, niceness, sequence);
-- Whoever hands a packet over gets an ack; two may have handed over the same one.
CREATE UNIQUE INDEX outbox_acknowledges ON outbox (acknowledges, destination) WHERE acknowledges IS NOT NULL;

CREATE TABLE outbox_copies (
  id        TEXT NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
  medium    TEXT NOT NULL,
  copied_at INTEGER NOT NULL,
  PRIMARY KEY (id, medium)
) STRICT, WITHOUT ROWID;
INSERT INTO outbox_copies SELECT id, medium, copied_at FROM copies_kept;
DROP TABLE copies_kept;

CREATE TRIGGER outbox_added AFTER INSERT ON outbox BEGIN
  INSERT INTO outbox_summary VALUES (new.next_hop, 1, new.size_bytes)
    ON CONFLICT DO UPDATE SET packets = packets + 1, size_bytes = size_bytes + new.size_bytes;
END;
CREATE TRIGGER outbox_removed AFTER DELETE ON outbox BEGIN
  UPDATE outbox_summary SET packets = packets - 1, size_bytes = size_bytes - old.size_bytes
    WHERE next_hop = old.next_hop;
  DELETE FROM outbox_summary WHERE next_hop = old.next_hop AND packets = 0;
END;

INSERT INTO spool_counts VALUES ('relayed', 0, 0);
CREATE TRIGGER relayed_added AFTER INSERT ON outbox WHEN new.kind IN ('relayed', 'relayed-ack') BEGIN
  UPDATE spool_counts SET packets = packets + 1, size_bytes = size_bytes + new.size_bytes WHERE room = 'relayed';
END;
CREATE TRIGGER relayed_removed AFTER DELETE ON outbox WHEN old.kind IN ('relayed', 'relayed-ack') BEGIN
  UPDATE spool_counts SET packets = packets - 1, size_bytes = size_bytes - old.size_bytes WHERE room = 'relayed';
END;

-- What was passed on, by the hash of the packet inside, so that it does not go round in circles.
CREATE TABLE relayed (
  id       TEXT PRIMARY KEY,
  sender   TEXT NOT NULL,                -- whose trns packet it came in
  next_hop TEXT NOT NULL,
  day      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX relayed_day ON relayed (day);

-- Who brought it; NULL: its sender.
ALTER TABLE inbox ADD COLUMN handed_by TEXT;

-- JSON: how a packet that was set aside goes back where it came from; NULL: it cannot.
ALTER TABLE quarantine ADD COLUMN way_back TEXT;
UPDATE quarantine SET way_back = (
  SELECT json_object('room', 'inbox', 'sender', sender, 'handedBy', sender, 'niceness', 160)
  FROM seen WHERE seen.id = quarantine.body
) WHERE body IS NOT NULL;
