-- By which road letters came into mailboxes here, for those whose they are. Forgotten with the journeys.
CREATE TABLE arrivals (
  user        TEXT NOT NULL,
  message_id  TEXT NOT NULL,
  road        TEXT,                      -- NULL: handed in here
  brought_by  TEXT,                      -- the neighbour; NULL: handed in here
  taken_in_at INTEGER NOT NULL,
  at          INTEGER NOT NULL,
  day         INTEGER NOT NULL,          -- of the stores' calendar
  PRIMARY KEY (user, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX arrivals_day ON arrivals (day);
