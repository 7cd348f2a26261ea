-- Invites to become a neighbour. One that was used stays until its time is over: it is nobody else's any more.
CREATE TABLE invites (
  id             TEXT PRIMARY KEY,
  kind           TEXT NOT NULL CHECK (kind IN ('live', 'file')),
  verifier       BLOB NOT NULL,                   -- what proves the secret; never the secret itself
  neighbour_name TEXT,                            -- what to call who joins; NULL: as it calls itself
  made_at        INTEGER NOT NULL,
  expires_at     INTEGER NOT NULL,
  tries          INTEGER NOT NULL DEFAULT 0,      -- that did not prove the secret
  used_by        TEXT,                            -- the id of the node that joined
  confirmed      INTEGER NOT NULL DEFAULT 0 CHECK (confirmed IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX invites_used_by ON invites (used_by) WHERE used_by IS NOT NULL;
