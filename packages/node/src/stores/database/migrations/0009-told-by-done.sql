-- 1: whoever brought it was told over its line that it is here (DONE), and waits for no ack.
ALTER TABLE inbox ADD COLUMN told INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1));
