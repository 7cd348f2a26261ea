-- Letters for other mail systems that have a lifetime: the last day of the calendar on which they may be handed over.
ALTER TABLE queue_handovers ADD COLUMN last_day INTEGER;
UPDATE queue_handovers SET last_day = day +
  (SELECT envelope ->> '$.wishes.lifetimeDays' FROM queue_letters WHERE number = queue_handovers.letter);
CREATE INDEX queue_lifetimes ON queue_handovers (last_day) WHERE last_day IS NOT NULL;
