-- Who wrote a letter, and to whom: its sender is told when it can never leave. JSON; NULL for acks.
ALTER TABLE outbox ADD COLUMN envelope TEXT;
