-- What is set for one user. NULL: as posthorn.toml says; 0: no limit, or never.
ALTER TABLE users ADD COLUMN quota_bytes INTEGER CHECK (quota_bytes >= 0);
ALTER TABLE users ADD COLUMN quota_messages INTEGER CHECK (quota_messages >= 0);
ALTER TABLE users ADD COLUMN chat_days INTEGER CHECK (chat_days >= 0);
ALTER TABLE users ADD COLUMN forward_to TEXT;             -- JSON array of addresses; NULL: nowhere
ALTER TABLE users ADD COLUMN forward_keeps INTEGER NOT NULL DEFAULT 1 CHECK (forward_keeps IN (0, 1));
ALTER TABLE users ADD COLUMN self_made INTEGER NOT NULL DEFAULT 0 CHECK (self_made IN (0, 1));
CREATE INDEX users_self_made ON users (self_made) WHERE self_made = 1;
CREATE INDEX users_created ON users (self_made, created_at, name);

-- Names of users who were removed: nobody takes one by merely logging in.
CREATE TABLE former_users (
  name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Passwords that the node made, one for each app. 120 random bits need no slow hash.
CREATE TABLE app_passwords (
  id           TEXT PRIMARY KEY,                  -- stands in the password
  user         TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
  label        TEXT NOT NULL,
  hash         BLOB NOT NULL,                     -- SHA-256
  made_at      INTEGER NOT NULL,
  last_used_at INTEGER,
  UNIQUE (user, label)
) STRICT, WITHOUT ROWID;

CREATE TABLE aliases (
  address TEXT PRIMARY KEY                        -- `name`, `name@domain` or `@domain`, lower case
) STRICT, WITHOUT ROWID;
CREATE TABLE alias_targets (
  alias    TEXT NOT NULL REFERENCES aliases (address) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  target   TEXT NOT NULL,                         -- a user, another alias, or an address elsewhere
  PRIMARY KEY (alias, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_targets_target ON alias_targets (target);

-- The day of the calendar on which a chat message came into INBOX; NULL: it stays until somebody removes it.
ALTER TABLE mail_messages ADD COLUMN chat_day INTEGER;
CREATE INDEX mail_messages_chat ON mail_messages (folder, chat_day) WHERE chat_day IS NOT NULL;
-- The day on which Delta Chat last sat in INBOX and had seen all of it.
ALTER TABLE mail_users ADD COLUMN chat_day INTEGER;
