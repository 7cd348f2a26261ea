-- Letters of ours that were taken back, for each recipient.
CREATE TABLE recalls (
  letter      TEXT NOT NULL,
  recipient   TEXT NOT NULL,             -- as on the way
  message_id  TEXT NOT NULL,
  sender      TEXT NOT NULL COLLATE NOCASE,
  destination TEXT NOT NULL,
  reason      TEXT NOT NULL CHECK (reason IN ('recalled', 'expired', 'arrived')),
  copies      TEXT NOT NULL,             -- JSON: the media that it lay on
  asked       INTEGER NOT NULL CHECK (asked IN (0, 1)),   -- whether its destination was asked to drop it
  answer      TEXT CHECK (answer IN ('kept', 'awaited', 'dropped', 'late', 'full')),
  at          INTEGER NOT NULL,
  answered_at INTEGER,
  day         INTEGER NOT NULL,
  PRIMARY KEY (letter, recipient)
) STRICT, WITHOUT ROWID;
CREATE INDEX recalls_message ON recalls (message_id);
CREATE INDEX recalls_day ON recalls (day);

-- Relays that were asked to drop what they know by this id.
CREATE TABLE recall_relays (
  letter TEXT NOT NULL,
  node   TEXT NOT NULL,
  packet TEXT NOT NULL,
  answer TEXT,
  day    INTEGER NOT NULL,
  PRIMARY KEY (letter, node, packet)
) STRICT, WITHOUT ROWID;
CREATE INDEX recall_relays_packet ON recall_relays (packet, node);
CREATE INDEX recall_relays_day ON recall_relays (day);

-- The relays on the roads of our packets, and the id by which each knows what it passes on.
CREATE TABLE packet_relays (
  letter TEXT NOT NULL,
  node   TEXT NOT NULL,
  packet TEXT NOT NULL,
  day    INTEGER NOT NULL,
  PRIMARY KEY (letter, node, packet)
) STRICT, WITHOUT ROWID;
CREATE INDEX packet_relays_day ON packet_relays (day);

-- Neighbours for whom packets were read out of the outbox, to send or to copy them. What was committed up to a sequence
-- may have left with a program that is not there any more to tell.
CREATE TABLE outbox_departures (
  next_hop TEXT PRIMARY KEY,
  until    INTEGER NOT NULL,             -- sequence
  is_open  INTEGER NOT NULL CHECK (is_open IN (0, 1))
) STRICT, WITHOUT ROWID;
-- Of what waits already nobody knows.
INSERT INTO outbox_departures SELECT next_hop, max(sequence), 0 FROM outbox GROUP BY next_hop;
