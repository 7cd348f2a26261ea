-- What was taken over out of the spool of another program, so that it is not taken again when it has left since.
CREATE TABLE taken_over (
  id  TEXT PRIMARY KEY,
  day INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX taken_over_day ON taken_over (day);
