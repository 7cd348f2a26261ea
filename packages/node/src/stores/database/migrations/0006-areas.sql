-- Groups of nodes that hear the same messages.
CREATE TABLE areas (
  id            TEXT PRIMARY KEY,
  name          TEXT NOT NULL UNIQUE,
  public_key    BLOB,                    -- NULL: this node only passes messages on
  private_key   BLOB,                    -- NULL: this node cannot read them
  takes_files   INTEGER NOT NULL CHECK (takes_files IN (0, 1)),
  incoming      TEXT,                    -- absolute path; NULL: a folder of its own in the node's home
  handles       TEXT NOT NULL,           -- JSON array: what its messages may call
  allow_unknown INTEGER NOT NULL CHECK (allow_unknown IN (0, 1)),
  added_at      INTEGER NOT NULL,
  CHECK (private_key IS NULL OR public_key IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE TABLE area_subscribers (
  area TEXT NOT NULL REFERENCES areas (id) ON DELETE CASCADE,
  node TEXT NOT NULL,
  PRIMARY KEY (area, node)
) STRICT, WITHOUT ROWID;

-- Messages that came or went, so that none goes round for ever.
CREATE TABLE heard (
  id        TEXT PRIMARY KEY,
  passed_on INTEGER NOT NULL CHECK (passed_on IN (0, 1)),
  acted_on  INTEGER NOT NULL CHECK (acted_on IN (0, 1)),
  held_by   TEXT,                        -- the packet that still holds it; NULL: all is done
  day       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX heard_day ON heard (day);
