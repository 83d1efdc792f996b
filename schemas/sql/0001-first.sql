-- Step 1: what the first version keeps. docs/STORE.md draws every table byte by byte.
-- A step that was released is never changed: what comes later is a new step in a new file.

-- One row: where the history stands, and what the other tables must add up to.
CREATE TABLE history (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch INTEGER NOT NULL,         -- Names the history.
  through INTEGER NOT NULL,       -- Numbers up to this are reserved.
  closed_at INTEGER,              -- After a clean end: the last number handed out. Else NULL.
  base BLOB NOT NULL,             -- The chain before the first row of the log.
  head INTEGER NOT NULL,          -- The last turn ever logged; 0 if there was none.
  chain BLOB NOT NULL,            -- The chain after it.
  log_rows INTEGER NOT NULL,
  log_bytes INTEGER NOT NULL,     -- Of the records.
  space_rows INTEGER NOT NULL,
  space_sum INTEGER NOT NULL,     -- Of the crc of all rows, modulo 2^64; so are the two below.
  live_rows INTEGER NOT NULL,
  live_sum INTEGER NOT NULL,
  outcome_rows INTEGER NOT NULL,
  outcome_sum INTEGER NOT NULL,
  crc INTEGER NOT NULL
) STRICT;

-- Spaces that have something durable, and the numbers by which rows name them.
CREATE TABLE space (
  id INTEGER PRIMARY KEY,
  name BLOB NOT NULL,
  revision INTEGER NOT NULL,
  crc INTEGER NOT NULL
) STRICT;

-- What lives.
CREATE TABLE live (
  space INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  key BLOB NOT NULL,
  value BLOB NOT NULL,
  crc INTEGER NOT NULL,
  PRIMARY KEY (space, kind, key)
) STRICT, WITHOUT ROWID;

-- What came of turns that had a name, for as long as that is promised.
CREATE TABLE outcome (
  seq INTEGER NOT NULL,
  client BLOB NOT NULL,
  number INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  wall_ms INTEGER NOT NULL,
  answer BLOB NOT NULL,
  crc INTEGER NOT NULL,
  PRIMARY KEY (seq, client, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX outcome_of_client ON outcome (client, seq, number);

-- The durable turns, in order: each one record of schemas/store.capnp.
CREATE TABLE log (
  seq INTEGER PRIMARY KEY,
  record BLOB NOT NULL,
  chain BLOB NOT NULL             -- Over all records up to and including this one.
) STRICT;
