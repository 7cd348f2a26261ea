-- What was found wrong with this database, and what was done; JSON.
CREATE TABLE repairs (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  at     INTEGER NOT NULL,
  day    INTEGER NOT NULL,               -- of the calendar
  report TEXT NOT NULL
) STRICT;

-- How far the reading of all packets has come, and the day on which the last round began.
CREATE TABLE scrub_round (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  after_id TEXT,                         -- NULL: it has come to its end
  day      INTEGER NOT NULL
) STRICT;

-- When all of the database was looked at last.
CREATE TABLE database_check (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  day      INTEGER NOT NULL
) STRICT;

-- Packets that were damaged here, and that other nodes are asked for, until they come.
CREATE TABLE asked_again (
  id         TEXT PRIMARY KEY,
  sender     TEXT NOT NULL,              -- the node that made it
  handed_by  TEXT NOT NULL,              -- the one that brought it
  size_bytes INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  asked_day  INTEGER,                    -- NULL: nobody was asked yet
  gone_at    TEXT NOT NULL DEFAULT ''    -- the nodes that answered that they have it no more, with spaces
) STRICT, WITHOUT ROWID;
CREATE INDEX asked_again_due ON asked_again (asked_day);
