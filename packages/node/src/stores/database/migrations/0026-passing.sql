-- Letters of others that passed here, whose senders asked to hear of it and are still to be told.
CREATE TABLE passed (
  number  INTEGER PRIMARY KEY AUTOINCREMENT,
  letter  TEXT NOT NULL,
  node    TEXT NOT NULL,                 -- its sender
  at      INTEGER NOT NULL
) STRICT;
