-- Flags of messages whose index is being made anew: the file names hold only some of them.
CREATE TABLE mail_kept_flags (
  folder INTEGER NOT NULL REFERENCES mail_folders (id) ON DELETE CASCADE,
  uid    INTEGER NOT NULL,
  flags  TEXT NOT NULL,
  PRIMARY KEY (folder, uid)
) STRICT, WITHOUT ROWID;
