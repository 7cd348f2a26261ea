-- Since when nothing goes to a neighbour, because a person said so; NULL: it is not paused.
ALTER TABLE neighbours ADD COLUMN paused_at INTEGER;

-- What passed between us and each neighbour, day by day: for people to look at.
CREATE TABLE neighbour_days (
  neighbour        INTEGER NOT NULL REFERENCES neighbours (number) ON DELETE CASCADE,
  date             INTEGER NOT NULL,               -- of the clock: days since 1970, UTC
  day              INTEGER NOT NULL,               -- of the calendar, when it was added to last
  contacts         INTEGER NOT NULL,
  sent_packets     INTEGER NOT NULL,
  sent_bytes       INTEGER NOT NULL,
  received_packets INTEGER NOT NULL,
  received_bytes   INTEGER NOT NULL,
  letters          INTEGER NOT NULL,               -- of the packets sent
  waited_ms        INTEGER NOT NULL,               -- of all these letters together
  waited_ms_max    INTEGER NOT NULL,
  PRIMARY KEY (neighbour, date)
) STRICT, WITHOUT ROWID;
CREATE INDEX neighbour_days_day ON neighbour_days (day);
