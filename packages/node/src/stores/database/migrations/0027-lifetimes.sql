-- Letters whose senders gave them a lifetime, by the last day of the calendar on which they may be delivered.
CREATE INDEX outbox_lifetimes ON outbox (day + (envelope ->> '$.wishes.lifetimeDays'), sequence)
  WHERE envelope ->> '$.wishes.lifetimeDays' IS NOT NULL AND custody IS NULL;
CREATE INDEX custody_lifetimes ON custody (day + (envelope ->> '$.wishes.lifetimeDays'), sequence)
  WHERE envelope ->> '$.wishes.lifetimeDays' IS NOT NULL;
