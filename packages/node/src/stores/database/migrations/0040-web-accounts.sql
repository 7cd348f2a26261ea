-- Which account of the chat engine is whose.
CREATE TABLE web_accounts (
  account INTEGER PRIMARY KEY,                     -- number of the chat engine
  user    TEXT UNIQUE REFERENCES users (name) ON DELETE SET NULL, -- NULL: left by somebody who was removed
  proof   TEXT NOT NULL                            -- stands in the account, too
) STRICT;
