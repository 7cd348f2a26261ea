-- 1: a hand-over began and has not ended; 2: one was cut off before. The other side may have the letter.
ALTER TABLE queue_handovers ADD COLUMN begun INTEGER NOT NULL DEFAULT 0 CHECK (begun IN (0, 1, 2));
-- Of those from before nobody knows.
UPDATE queue_handovers SET begun = 2;
