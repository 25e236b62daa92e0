-- ops/legacy-sync.sql — what `jari sync` keeps beside the old table, in a schema of its own and in
-- the same database, so that rows and position change in one transaction. Once, by the owner.

CREATE SCHEMA IF NOT EXISTS jari;

-- How far each partition of `sync` has been read, and of which log.
CREATE TABLE IF NOT EXISTS jari.sync_places (
  partition    integer PRIMARY KEY,
  incarnation  text    NOT NULL,
  next_offset  bigint  NOT NULL,
  written_at   timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

-- The last row of each stream into a partition of `sync` that was taken.
CREATE TABLE IF NOT EXISTS jari.sync_streams (
  partition         integer NOT NULL,
  source_topic      integer NOT NULL,
  source_partition  integer NOT NULL,
  seq               bigint  NOT NULL,
  hash              text    NOT NULL,
  PRIMARY KEY (partition, source_topic, source_partition)
) WITH (fillfactor = 50);

-- What the table refused, one row for an appointment. Later versions wait here, too: the newest
-- document is the one that is tried again.
CREATE TABLE IF NOT EXISTS jari.dead_letters (
  appointment  text PRIMARY KEY,
  version      bigint NOT NULL,
  document     text   NOT NULL,
  code         text   NOT NULL,
  reason       text   NOT NULL,
  waiting      integer NOT NULL DEFAULT 0,
  attempts     integer NOT NULL DEFAULT 1,
  refused_at   timestamptz NOT NULL DEFAULT now(),
  tried_at     timestamptz NOT NULL DEFAULT now()
);

-- The version that was written last, for a table that has no column for it.
CREATE TABLE IF NOT EXISTS jari.versions (
  appointment  text PRIMARY KEY,
  version      bigint NOT NULL
);
