-- Letters that wait too long: their senders are warned, and then get them back.

-- The day of the calendar on which it was committed. What waits already begins to count now.
ALTER TABLE outbox ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
-- 1: its sender was told that it waits.
ALTER TABLE outbox ADD COLUMN warned INTEGER NOT NULL DEFAULT 0 CHECK (warned IN (0, 1));
-- 1: its sender wants to hear when another node has it.
ALTER TABLE outbox ADD COLUMN tells_success INTEGER NOT NULL DEFAULT 0 CHECK (tells_success IN (0, 1));
UPDATE outbox SET day = (SELECT day FROM calendar);
CREATE INDEX outbox_waiting ON outbox (warned, day) WHERE envelope IS NOT NULL;

-- What goes back to the sender with a report: the letter itself is sealed. Apart, so that queues are read quickly.
CREATE TABLE outbox_excerpts (
  sequence INTEGER PRIMARY KEY,
  whole    INTEGER NOT NULL CHECK (whole IN (0, 1)),
  bytes    BLOB NOT NULL
) STRICT;
CREATE TRIGGER outbox_excerpt_removed AFTER DELETE ON outbox WHEN old.envelope IS NOT NULL BEGIN
  DELETE FROM outbox_excerpts WHERE sequence = old.sequence;
END;

-- Letters that left for another node, whose senders are still to be told.
CREATE TABLE handed_over (
  sequence     INTEGER PRIMARY KEY,
  message_id   TEXT,
  envelope     TEXT NOT NULL,
  committed_at INTEGER NOT NULL
) STRICT;

-- Reports that were put into the outbox, so that none goes twice.
CREATE TABLE reported (
  id  TEXT PRIMARY KEY,
  day INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX reported_day ON reported (day);
