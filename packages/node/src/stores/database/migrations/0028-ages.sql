-- The day of our own calendar on which the latest day of a sender's calendar was heard of.
ALTER TABLE letters_from ADD COLUMN day_max_heard INTEGER NOT NULL DEFAULT 0;
UPDATE letters_from SET day_max_heard = (SELECT day FROM calendar);
