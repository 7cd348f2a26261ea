-- When neighbours are called, and what a line with them may cost. NULL: no bound of its own.

CREATE TABLE line_bounds (
  neighbour             INTEGER PRIMARY KEY REFERENCES neighbours (number) ON DELETE CASCADE,
  online_deadline_ms    INTEGER CHECK (online_deadline_ms > 0),
  online_ms_max         INTEGER CHECK (online_ms_max > 0),
  rx_packets_per_second INTEGER CHECK (rx_packets_per_second > 0),
  tx_packets_per_second INTEGER CHECK (tx_packets_per_second > 0),
  rx_bytes_per_second   INTEGER CHECK (rx_bytes_per_second > 0),
  tx_bytes_per_second   INTEGER CHECK (tx_bytes_per_second > 0)
) STRICT;

CREATE TABLE call_schedules (
  number                INTEGER PRIMARY KEY AUTOINCREMENT,
  neighbour             INTEGER NOT NULL REFERENCES neighbours (number) ON DELETE CASCADE,
  cron                  TEXT NOT NULL,
  when_waiting          INTEGER NOT NULL CHECK (when_waiting IN (0, 1)),
  niceness_max          INTEGER NOT NULL CHECK (niceness_max BETWEEN 1 AND 255),
  direction             TEXT NOT NULL CHECK (direction IN ('both', 'send', 'receive')),
  address               TEXT,
  online_deadline_ms    INTEGER CHECK (online_deadline_ms > 0),
  online_ms_max         INTEGER CHECK (online_ms_max > 0),
  rx_packets_per_second INTEGER CHECK (rx_packets_per_second > 0),
  tx_packets_per_second INTEGER CHECK (tx_packets_per_second > 0),
  rx_bytes_per_second   INTEGER CHECK (rx_bytes_per_second > 0),
  tx_bytes_per_second   INTEGER CHECK (tx_bytes_per_second > 0)
) STRICT;
CREATE INDEX call_schedules_neighbour ON call_schedules (neighbour, number);
