import type { Database } from 'bun:sqlite'
import { FettleError } from '../../core/errors.ts'

/**
 * Version of the tables, in `PRAGMA user_version`. They only grow: a reader of an older version goes on reading a
 * newer database, a writer refuses it.
 */
export const SCHEMA_VERSION = 1

const TABLES = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: a number is never given out twice, not even after the newest events were deleted.
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  epoch TEXT NOT NULL,
  at_ms REAL NOT NULL,
  mono_ms REAL NOT NULL,
  boot_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  job_id TEXT,
  run INTEGER,
  owner TEXT,
  actor TEXT NOT NULL,
  cause_seq INTEGER,
  -- Names the fact itself: what is derived again from the same files after a SIGKILL is not a second event.
  key TEXT UNIQUE,
  data TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_job ON events (job_id, seq) WHERE job_id IS NOT NULL;

CREATE TABLE consumers (
  name TEXT PRIMARY KEY,
  owner TEXT,
  cursor INTEGER NOT NULL,
  created_ms REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE notices (
  seq INTEGER NOT NULL,
  owner TEXT NOT NULL,
  task TEXT,
  job_id TEXT,
  run INTEGER,
  kind TEXT NOT NULL,
  at_ms REAL NOT NULL,
  state TEXT NOT NULL,
  polled INTEGER NOT NULL DEFAULT 0,
  text TEXT NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (seq, owner)
) STRICT, WITHOUT ROWID;
CREATE INDEX notices_pending ON notices (owner, seq) WHERE state = 'pending';
CREATE INDEX notices_by_job ON notices (job_id, run) WHERE job_id IS NOT NULL;

CREATE TABLE watch_cursors (
  job_id TEXT NOT NULL,
  run INTEGER NOT NULL,
  stream TEXT NOT NULL,
  offset INTEGER NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (job_id, run, stream)
) STRICT, WITHOUT ROWID;

CREATE TABLE delegations (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  task TEXT,
  created_ms REAL NOT NULL,
  finished_ms REAL,
  data TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`

/** Makes the tables, or checks that this version may write them: throws `store_newer` otherwise. */
export function prepareSchema(db: Database, epoch: string): void {
  refuseNewerSchema(db)
  if (schemaVersion(db) === SCHEMA_VERSION) return
  db.transaction(() => {
    db.run(TABLES)
    db.query('INSERT INTO meta (key, value) VALUES (?1, ?2)').run('epoch', epoch)
    db.run(`PRAGMA user_version = ${SCHEMA_VERSION}`)
  })()
}

export function schemaVersion(db: Database): number {
  const row: unknown = db.query('PRAGMA user_version').get()
  return typeof row === 'object' && row !== null && 'user_version' in row ? Number(row.user_version) : 0
}

export function refuseNewerSchema(db: Database): void {
  const version = schemaVersion(db)
  if (version <= SCHEMA_VERSION) return
  throw new FettleError(
    'store_newer',
    `${db.filename} has version ${version}, this one writes up to ${SCHEMA_VERSION}`,
    {
      hint: 'A later version of fettle made it: use that version. It can still be read.',
      data: { path: db.filename, found: version, known: SCHEMA_VERSION },
    },
  )
}
