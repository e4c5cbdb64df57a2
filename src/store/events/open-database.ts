import { closeSync, existsSync, openSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { constants, Database, SQLiteError } from 'bun:sqlite'
import { FettleError } from '../../core/errors.ts'

/** Damage to the file itself, as against a statement that failed. */
export function isDamage(error: unknown): boolean {
  if (!(error instanceof SQLiteError)) return false
  const code = error.code ?? ''
  return code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB'
}

/** Runs a step; damage becomes `store_damaged`, and is remembered so that the next opening checks the whole file. */
export function guardDamage<T>(path: string, step: () => T, remember: boolean): T {
  try {
    return step()
  } catch (error) {
    if (!isDamage(error)) throw error
    if (remember) writeFileSync(suspectPath(path), '', { mode: 0o600 })
    throw new FettleError('store_damaged', `${path} is damaged: ${messageOf(error)}`, {
      hint: 'Start the daemon again: it sets the file aside and begins a new log. Jobs and output are not in it.',
      data: { path, why: messageOf(error) },
      cause: error,
    })
  }
}

/**
 * Opens for the one writer. WAL: readers neither wait nor make it wait. NORMAL is enough against SIGKILL (what was
 * committed is in the kernel's hands); where a loss of power matters a transaction asks for more. The WAL file is kept
 * on close, so that a reader without write permission can still open the database.
 */
export function openWritable(path: string): Database {
  // SQLite gives its other files the mode of this one.
  closeSync(openSync(path, 'a', 0o600))
  const db = new Database(path, { readwrite: true, strict: true })
  try {
    db.run('PRAGMA busy_timeout = 5000')
    db.run('PRAGMA journal_mode = WAL')
    db.run('PRAGMA synchronous = NORMAL')
    db.run('PRAGMA journal_size_limit = 4194304')
    db.run('PRAGMA cache_size = -2048')
    db.fileControl(constants.SQLITE_FCNTL_PERSIST_WAL, 1)
    if (existsSync(suspectPath(path))) checkWhole(db, path)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/**
 * Opens for reading, changing nothing. Without a WAL file nobody has the database open for writing, and SQLite would
 * make one: then it is told that nothing changes.
 */
export function openReadOnly(path: string): Database {
  if (existsSync(`${path}-wal`)) return new Database(path, { readonly: true, strict: true })
  const url = `file:${encodeURI(path).replaceAll('?', '%3F').replaceAll('#', '%23')}?immutable=1`
  return new Database(url, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI)
}

/** Moves a damaged database out of the way, its WAL with it: it may still be saved by hand. Returns the new path. */
export function setAside(path: string, nowMs: number): string {
  const aside = `${path}.damaged-${nowMs}`
  const name = basename(path)
  for (const file of readdirSync(dirname(path))) {
    if (file !== name && file !== `${name}-wal` && file !== `${name}-shm`) continue
    renameSync(join(dirname(path), file), aside + file.slice(name.length))
  }
  rmSync(suspectPath(path), { force: true })
  return aside
}

function checkWhole(db: Database, path: string): void {
  const row: unknown = db.query('PRAGMA quick_check(1)').get()
  const result = typeof row === 'object' && row !== null ? Object.values<unknown>({ ...row })[0] : null
  if (result !== 'ok') throw new FettleError('store_damaged', `${path} is damaged: ${String(result)}`)
  rmSync(suspectPath(path), { force: true })
}

function suspectPath(path: string): string {
  return `${path}.suspect`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
