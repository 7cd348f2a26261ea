-- Letters that no app has fetched yet, and whose senders want to hear of it, by the key in the names of their files.
CREATE TABLE mail_unfetched (
  key  TEXT PRIMARY KEY,
  told TEXT NOT NULL,                    -- JSON: whose journey it is
  day  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_unfetched_day ON mail_unfetched (day);

-- Letters of other nodes that were fetched: their senders are to hear of it.
CREATE TABLE mail_fetched (
  number    INTEGER PRIMARY KEY AUTOINCREMENT,
  letter    TEXT NOT NULL,
  node      TEXT NOT NULL,
  recipient TEXT NOT NULL,
  at        INTEGER NOT NULL
) STRICT;
