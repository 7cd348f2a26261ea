-- Files of neighbours: what each may do with them, those that came, and the chunks of those that came in part.

CREATE TABLE file_rules (
  neighbour           INTEGER PRIMARY KEY REFERENCES neighbours (number) ON DELETE CASCADE,
  takes_files         INTEGER NOT NULL CHECK (takes_files IN (0, 1)),
  incoming            TEXT,              -- absolute path; NULL: a folder of its own in the node's home
  reassembles         INTEGER NOT NULL CHECK (reassembles IN (0, 1)),
  request_path        TEXT,              -- absolute path; NULL: it may request nothing
  request_chunk_bytes INTEGER CHECK (request_chunk_bytes > 0),
  request_minimum_bytes INTEGER NOT NULL CHECK (request_minimum_bytes >= 0),
  request_bytes_max   INTEGER CHECK (request_bytes_max > 0)
) STRICT;

CREATE TABLE arrived_files (
  sequence   INTEGER PRIMARY KEY AUTOINCREMENT,
  id         TEXT NOT NULL UNIQUE,       -- of its packet; of one put together, of the packet that described it
  sender     TEXT NOT NULL,
  origin     TEXT NOT NULL,              -- the node or area that it came from
  path       TEXT NOT NULL,              -- where it lies, or is about to be named
  size_bytes INTEGER NOT NULL,
  file       TEXT NOT NULL,              -- the file system's own name for it
  placed     INTEGER NOT NULL CHECK (placed IN (0, 1)),
  at         INTEGER NOT NULL,
  day        INTEGER NOT NULL
) STRICT;
CREATE INDEX arrived_files_day ON arrived_files (day);

CREATE TABLE file_chunks (
  id         TEXT PRIMARY KEY,           -- of its packet
  origin     TEXT NOT NULL,
  name       TEXT NOT NULL,              -- of the whole file, as its sender calls it
  number     INTEGER NOT NULL,
  hash       BLOB NOT NULL,
  size_bytes INTEGER NOT NULL,
  folder     TEXT NOT NULL,              -- where it lies
  used       INTEGER NOT NULL CHECK (used IN (0, 1)),
  day        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX file_chunks_waiting ON file_chunks (origin, name, number, hash) WHERE used = 0;
CREATE INDEX file_chunks_day ON file_chunks (day) WHERE used = 1;

CREATE TABLE chunked_files (
  sequence   INTEGER PRIMARY KEY AUTOINCREMENT,
  id         TEXT NOT NULL UNIQUE,       -- of the packet that describes it
  sender     TEXT NOT NULL,
  origin     TEXT NOT NULL,
  name       TEXT NOT NULL,
  root       TEXT NOT NULL,              -- the folder that it is to come into
  size_bytes INTEGER NOT NULL,
  chunks     INTEGER NOT NULL,
  meta       BLOB,                       -- the .nncp.meta file; NULL when all is done
  appended   INTEGER NOT NULL,           -- so many chunks are in its file
  state      TEXT NOT NULL CHECK (state IN ('gathering', 'done', 'broken')),
  day        INTEGER NOT NULL
) STRICT;
CREATE INDEX chunked_files_gathering ON chunked_files (origin, name, sequence) WHERE state = 'gathering';
CREATE INDEX chunked_files_day ON chunked_files (day) WHERE state <> 'gathering';
