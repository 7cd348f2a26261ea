-- Invites to live here. One whose last use was made, or whose last day is over, is nobody's any more.
CREATE TABLE join_invites (
  id          TEXT PRIMARY KEY,
  hash        BLOB NOT NULL UNIQUE,               -- of the secret, which is kept nowhere
  user_name   TEXT,                               -- NULL: who comes chooses
  quota_bytes INTEGER,                            -- NULL: as posthorn.toml says
  uses        INTEGER NOT NULL DEFAULT 0,
  uses_max    INTEGER NOT NULL,
  made_at     INTEGER NOT NULL,
  last_day    INTEGER NOT NULL                    -- of the calendar
) STRICT, WITHOUT ROWID;

-- What who looks after the node has set for all of it, in one row; NULL: as posthorn.toml says.
CREATE TABLE node_settings (
  only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
  lan      INTEGER CHECK (lan IN (0, 1))
) STRICT;
