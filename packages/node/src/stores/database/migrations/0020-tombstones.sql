-- Packets that their senders took back: what waits here is dropped, and so is what comes later.
CREATE TABLE tombstones (
  letter    TEXT NOT NULL,               -- the packet as its sender sealed it for this node
  sender    TEXT NOT NULL,
  recipient TEXT NOT NULL,               -- '': the whole packet
  reason    TEXT NOT NULL CHECK (reason IN ('recalled', 'expired', 'arrived')),
  was_here  INTEGER NOT NULL CHECK (was_here IN (0, 1)),  -- 1: the packet had come before the tombstone
  outcome   TEXT CHECK (outcome IN ('dropped', 'late')),  -- NULL: nothing has been done by it
  day       INTEGER NOT NULL,
  PRIMARY KEY (letter, sender, recipient)
) STRICT, WITHOUT ROWID;
CREATE INDEX tombstones_day ON tombstones (day);

CREATE TABLE tombstone_counts (
  sender TEXT PRIMARY KEY,
  count  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER tombstone_added AFTER INSERT ON tombstones BEGIN
  INSERT INTO tombstone_counts VALUES (new.sender, 1) ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER tombstone_removed AFTER DELETE ON tombstones BEGIN
  UPDATE tombstone_counts SET count = count - 1 WHERE sender = old.sender;
  DELETE FROM tombstone_counts WHERE sender = old.sender AND count = 0;
END;

-- The packet of the outbox in which a packet of others was passed on; NULL: from before.
ALTER TABLE relayed ADD COLUMN packet TEXT;
