-- Slow work waits in lanes of its own, so that it holds up nothing else; '': what is done at once.
ALTER TABLE inbox ADD COLUMN lane TEXT NOT NULL DEFAULT '';
DROP INDEX inbox_ready;
CREATE INDEX inbox_ready ON inbox (lane, niceness, sequence) WHERE due_at IS NULL;

-- Programs that one neighbour may run here by a name. Those for several stand in posthorn.toml.
CREATE TABLE neighbour_handles (
  neighbour   INTEGER NOT NULL REFERENCES neighbours (number) ON DELETE CASCADE,
  name        TEXT NOT NULL,
  command     TEXT NOT NULL,             -- JSON array: program and arguments
  result_from TEXT,                      -- address in the letters about it; NULL: the node's own
  result_to   TEXT NOT NULL,             -- JSON array of addresses
  PRIMARY KEY (neighbour, name)
) STRICT, WITHOUT ROWID;
