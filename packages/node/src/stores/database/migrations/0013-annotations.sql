-- What people note on their folders and on their account (IMAP METADATA). A folder is known by its UIDVALIDITY, which
-- it keeps when it is renamed and when its index is made anew; 0 is the account itself.
CREATE TABLE mail_annotations (
  user         TEXT NOT NULL REFERENCES mail_users (name) ON DELETE CASCADE,
  uid_validity INTEGER NOT NULL,
  entry        TEXT NOT NULL,                          -- lower case
  value        BLOB NOT NULL,
  PRIMARY KEY (user, uid_validity, entry)
) STRICT, WITHOUT ROWID;

ALTER TABLE mail_users ADD COLUMN furnished INTEGER NOT NULL DEFAULT 0; -- 1: the usual folders were made once
