-- Letters that left custody without a receipt: one may come all the same.
CREATE TABLE given_up (
  id           TEXT PRIMARY KEY,
  sequence     INTEGER NOT NULL,
  destination  TEXT NOT NULL,
  message_id   TEXT,
  envelope     TEXT NOT NULL,
  committed_at INTEGER NOT NULL,
  told         INTEGER NOT NULL CHECK (told IN (0, 1)), -- its sender was told that it was given up
  day          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX given_up_day ON given_up (day);
ALTER TABLE receipt_news ADD COLUMN after_all INTEGER NOT NULL DEFAULT 0 CHECK (after_all IN (0, 1));
