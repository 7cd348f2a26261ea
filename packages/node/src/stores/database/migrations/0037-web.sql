-- Who looks after the node. Where there are people already it is the one who was added first.
ALTER TABLE users ADD COLUMN admin INTEGER NOT NULL DEFAULT 0 CHECK (admin IN (0, 1));
UPDATE users SET admin = 1 WHERE name =
  (SELECT name FROM users WHERE self_made = 0 ORDER BY created_at, name LIMIT 1);
CREATE INDEX users_admin ON users (admin) WHERE admin = 1;

-- Browsers that are signed in. Their secrets are 256 random bits, of which only the hash is here.
CREATE TABLE web_sessions (
  hash     BLOB PRIMARY KEY,                      -- SHA-256
  id       TEXT NOT NULL UNIQUE,
  user     TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
  label    TEXT NOT NULL,
  stays    INTEGER NOT NULL CHECK (stays IN (0, 1)),
  made_at  INTEGER NOT NULL,
  used_at  INTEGER NOT NULL,
  made_day INTEGER NOT NULL,
  used_day INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX web_sessions_user ON web_sessions (user, used_at);

-- What scripts prove themselves with.
CREATE TABLE api_tokens (
  hash    BLOB PRIMARY KEY,                       -- SHA-256
  id      TEXT NOT NULL UNIQUE,
  user    TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
  label   TEXT NOT NULL,
  admin   INTEGER NOT NULL CHECK (admin IN (0, 1)),
  made_at INTEGER NOT NULL,
  used_at INTEGER,
  UNIQUE (user, label)
) STRICT, WITHOUT ROWID;
