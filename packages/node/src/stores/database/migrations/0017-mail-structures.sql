-- The structure of a letter as FETCH answers it (BODYSTRUCTURE); NULL: the letter is read for it.
ALTER TABLE mail_headers ADD COLUMN structure BLOB;
