-- Where letters are that were handed in here. Message × recipient is a journey; what happens to a packet is kept once
-- for all whom it is for.
CREATE TABLE journey_messages (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id TEXT NOT NULL,
  sender     TEXT NOT NULL COLLATE NOCASE,
  UNIQUE (message_id, sender)
) STRICT;
CREATE INDEX journey_messages_sender ON journey_messages (sender, number);

CREATE TABLE journeys (
  number    INTEGER PRIMARY KEY AUTOINCREMENT,
  message   INTEGER NOT NULL REFERENCES journey_messages (number),
  recipient TEXT NOT NULL COLLATE NOCASE,
  ended_day INTEGER,                     -- of the stores' calendar; NULL: it is on its way
  UNIQUE (message, recipient)
) STRICT;
CREATE INDEX journeys_recipient ON journeys (recipient, number);
CREATE INDEX journeys_ended ON journeys (ended_day) WHERE ended_day IS NOT NULL;

CREATE TABLE journey_letters (
  number      INTEGER PRIMARY KEY AUTOINCREMENT,
  id          TEXT NOT NULL UNIQUE,      -- of the packet as its destination sees it
  destination TEXT NOT NULL
) STRICT;

CREATE TABLE journey_legs (
  journey INTEGER NOT NULL REFERENCES journeys (number) ON DELETE CASCADE,
  letter  INTEGER NOT NULL REFERENCES journey_letters (number),
  PRIMARY KEY (journey, letter)
) STRICT, WITHOUT ROWID;
CREATE INDEX journey_legs_letter ON journey_legs (letter);

-- Of a message, one of its recipients, or a packet and all whom it is for.
CREATE TABLE journey_stations (
  number   INTEGER PRIMARY KEY AUTOINCREMENT,
  message  INTEGER REFERENCES journey_messages (number) ON DELETE CASCADE,
  journey  INTEGER REFERENCES journeys (number) ON DELETE CASCADE,
  letter   INTEGER REFERENCES journey_letters (number) ON DELETE CASCADE,
  kind     TEXT NOT NULL,
  at       INTEGER NOT NULL,
  heard_at INTEGER NOT NULL,
  place    TEXT,                         -- NULL: here
  road     TEXT,
  evidence TEXT,
  reason   TEXT,
  CHECK ((message IS NULL) + (journey IS NULL) + (letter IS NULL) = 2)
) STRICT;
CREATE INDEX journey_stations_message ON journey_stations (message) WHERE message IS NOT NULL;
CREATE INDEX journey_stations_journey ON journey_stations (journey) WHERE journey IS NOT NULL;
CREATE INDEX journey_stations_letter ON journey_stations (letter) WHERE letter IS NOT NULL;

-- The letter inside a packet, when relays stand on its way and it has another id; NULL: the packet's own.
ALTER TABLE outbox ADD COLUMN letter TEXT;
CREATE INDEX outbox_letter ON outbox (letter) WHERE letter IS NOT NULL;
