-- What people here are still to hear of their letters, in a chat of the node's own account.
CREATE TABLE notice_messages (
  number INTEGER PRIMARY KEY,
  user   TEXT NOT NULL,
  text   TEXT NOT NULL,
  chat   INTEGER NOT NULL,                         -- numbers of the chat engine
  after  INTEGER NOT NULL                          -- the last message that was in the chat before
) STRICT;

CREATE TABLE notices (
  sequence INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,                   -- remembered for a year, so that it is told once
  user     TEXT NOT NULL,
  day      INTEGER NOT NULL,                       -- of the calendar
  detail   TEXT,                                   -- JSON; NULL: told, or left out
  message  INTEGER REFERENCES notice_messages (number)
) STRICT;
CREATE INDEX notices_waiting ON notices (user, sequence) WHERE detail IS NOT NULL AND message IS NULL;
CREATE INDEX notices_message ON notices (message) WHERE message IS NOT NULL;
CREATE INDEX notices_day ON notices (day);

-- By which chat somebody can be written to: there is one when they wrote, or followed the invite.
CREATE TABLE notice_chats (
  user TEXT PRIMARY KEY,
  chat INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Whether somebody wants notices; NULL: as posthorn.toml says.
ALTER TABLE users ADD COLUMN notices INTEGER CHECK (notices IN (0, 1));
