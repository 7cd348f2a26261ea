-- What searches need to know of letters, noted after they came, so that nobody reads 100,000 files for an answer.
-- All of it can be made anew from the letters.

-- Letters of which nothing is noted yet: a search reads them.
CREATE TABLE mail_unnoted (
  folder INTEGER NOT NULL,
  uid    INTEGER NOT NULL,
  PRIMARY KEY (folder, uid)
) STRICT, WITHOUT ROWID;

-- What SORT and THREAD compare; empty texts are what is not there.
CREATE TABLE mail_summaries (
  folder       INTEGER NOT NULL,
  uid          INTEGER NOT NULL,
  sent_at      INTEGER,
  sent_day     INTEGER,
  subject      TEXT NOT NULL,
  is_reply     INTEGER NOT NULL,
  sender       TEXT NOT NULL,
  recipient    TEXT NOT NULL,
  copied_to    TEXT NOT NULL,
  shown_sender TEXT NOT NULL,
  shown_to     TEXT NOT NULL,
  message_id   TEXT NOT NULL,
  ancestors    TEXT NOT NULL,
  PRIMARY KEY (folder, uid)
) STRICT, WITHOUT ROWID;

-- Headers as they stand, for clients that list a folder; large ones are not here.
CREATE TABLE mail_headers (
  folder     INTEGER NOT NULL,
  uid        INTEGER NOT NULL,
  body_start INTEGER NOT NULL,           -- where the body begins in the letter, in bytes
  bytes      BLOB NOT NULL,              -- whole lines, without the blank one
  PRIMARY KEY (folder, uid)
) STRICT, WITHOUT ROWID;

-- The folded texts of letters. A letter has its place among all letters: its folder in the upper bits, its UID in the
-- lower 32. So the letters of a folder stand together, here and in the index of trigrams.
CREATE TABLE mail_texts (
  place    INTEGER PRIMARY KEY,
  complete INTEGER NOT NULL,              -- 0: the letter has more text than is kept
  head     TEXT NOT NULL,
  body     TEXT NOT NULL
) STRICT;
CREATE INDEX mail_texts_cut ON mail_texts (place) WHERE complete = 0;

-- Which letters have which three characters in a row, in their heads and in their bodies. They hold no text: what they
-- find is compared with mail_texts.
CREATE VIRTUAL TABLE mail_head_trigrams USING fts5 (
  text, tokenize = 'trigram case_sensitive 1', content = '', contentless_delete = 1, detail = none
);
CREATE VIRTUAL TABLE mail_body_trigrams USING fts5 (
  text, tokenize = 'trigram case_sensitive 1', content = '', contentless_delete = 1, detail = none
);

-- Letters that are gone, whose notes have yet to be cleared away. No UID comes back, so nobody takes them for others.
CREATE TABLE mail_gone (
  folder INTEGER NOT NULL,
  uid    INTEGER NOT NULL,
  PRIMARY KEY (folder, uid)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER mail_message_to_note AFTER INSERT ON mail_messages BEGIN
  INSERT OR IGNORE INTO mail_unnoted VALUES (new.folder, new.uid);
END;
CREATE TRIGGER mail_message_gone AFTER DELETE ON mail_messages BEGIN
  INSERT OR IGNORE INTO mail_gone SELECT old.folder, old.uid
    WHERE NOT EXISTS (SELECT 1 FROM mail_unnoted WHERE folder = old.folder AND uid = old.uid);
  DELETE FROM mail_unnoted WHERE folder = old.folder AND uid = old.uid;
END;

INSERT INTO mail_unnoted SELECT folder, uid FROM mail_messages;
