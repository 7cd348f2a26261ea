-- Receipts name recipients by their place in the packet. What was noted before does not say it, and nobody waits for it.
DROP TABLE mail_fetched;
CREATE TABLE mail_fetched (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  letter TEXT NOT NULL,
  node   TEXT NOT NULL,
  place  INTEGER NOT NULL,
  at     INTEGER NOT NULL
) STRICT;
DELETE FROM mail_unfetched WHERE json_extract(told, '$.kind') = 'node';
