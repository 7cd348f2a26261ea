-- Each time this database was brought back from a backup: it then knows less than others remember of it.
CREATE TABLE restores (
  number      INTEGER PRIMARY KEY,                -- the first is 1
  restored_at INTEGER NOT NULL,                   -- by the clock of the machine that restored it
  made_at     INTEGER NOT NULL                    -- by the clock of the machine that made the backup
) STRICT;
