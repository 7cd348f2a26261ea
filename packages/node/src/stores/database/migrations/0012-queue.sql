-- Letters on their way to other mail systems. Their bytes lie beside, in the queue's own folder, when they are large.
CREATE TABLE queue_letters (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id TEXT,
  envelope   TEXT NOT NULL,              -- JSON, without recipients
  hash       BLOB NOT NULL,              -- what it is known by
  size_bytes INTEGER NOT NULL,
  bytes      BLOB,
  file       TEXT UNIQUE,
  CHECK ((bytes IS NULL) <> (file IS NULL))
) STRICT;

-- One hand-over: a letter for a few recipients, by one gateway. What is done of it leaves it.
CREATE TABLE queue_handovers (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  letter     INTEGER NOT NULL REFERENCES queue_letters (number),
  gateway    TEXT NOT NULL,
  recipients TEXT NOT NULL,              -- JSON array
  size_bytes INTEGER NOT NULL,
  queued_at  INTEGER NOT NULL,
  day        INTEGER NOT NULL,           -- of the stores' calendar, when it was queued
  due_at     INTEGER,                    -- NULL: now; else it waits for another try
  attempts   INTEGER NOT NULL DEFAULT 0,
  reason     TEXT,                       -- why the last try failed
  warned     INTEGER NOT NULL DEFAULT 0  -- whether the sender knows that it waits
) STRICT;
CREATE INDEX queue_ready ON queue_handovers (gateway, id) WHERE due_at IS NULL;
CREATE INDEX queue_waiting ON queue_handovers (gateway, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX queue_of_gateway ON queue_handovers (gateway, id);
CREATE INDEX queue_of_letter ON queue_handovers (letter);
CREATE INDEX queue_old ON queue_handovers (day);
CREATE INDEX queue_silent ON queue_handovers (day) WHERE warned = 0;

CREATE TABLE queue_summary (
  gateway    TEXT PRIMARY KEY,
  letters    INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER queue_added AFTER INSERT ON queue_handovers BEGIN
  INSERT INTO queue_summary VALUES (new.gateway, 1, new.size_bytes)
    ON CONFLICT DO UPDATE SET letters = letters + 1, size_bytes = size_bytes + new.size_bytes;
END;
CREATE TRIGGER queue_removed AFTER DELETE ON queue_handovers BEGIN
  UPDATE queue_summary SET letters = letters - 1, size_bytes = size_bytes - old.size_bytes
    WHERE gateway = old.gateway;
  DELETE FROM queue_summary WHERE gateway = old.gateway AND letters = 0;
END;

-- Which letter was queued for whom, so that the same letter handed in once more does not leave twice.
CREATE TABLE queue_known (
  id  BLOB PRIMARY KEY,                  -- SHA-256 of the letter's hash, its sender and one recipient
  day INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX queue_known_day ON queue_known (day);
