import { accessSync, constants, readdirSync, statSync, unlinkSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { FettleError } from '../../core/errors.ts'
import { whyNotPrivate } from '../../platform/files/ensure-private-dir.ts'
import { isErrno } from '../../platform/files/errno.ts'
import { createAtomic, readTextFile } from '../../platform/files/write-atomic.ts'
import { readRecord, toRecordText, type RecordFormat } from '../run-files/record.ts'

/**
 * Which folder holds a home's sockets. The name follows from the state folder's device and inode; the base may differ
 * between two callers (`XDG_RUNTIME_DIR` is set in one shell and not in another), so the first one's choice is
 * written down in the state folder and everyone keeps to it while its base is there.
 */
export const RUNTIME_FORMAT = 1

export interface RuntimeRecord {
  readonly format: typeof RUNTIME_FORMAT
  readonly path: string
  /** Which state folder this was made for, hashed: a copied one is another home. */
  readonly key: string
}

const FORMAT: RecordFormat<RuntimeRecord> = {
  name: 'runtime.json',
  format: RUNTIME_FORMAT,
  read: (f) => ({ format: RUNTIME_FORMAT, path: f.text('path'), key: f.text('key') }),
}

/** `sockaddr_un.sun_path` holds 108 bytes with the closing zero. */
const MAX_SOCKET_BYTES = 107
/** The longest socket under a runtime folder: `/k/proc_123456789012.N.sock`, with room for a million runs. */
const LONGEST_SOCKET = '/k/proc_123456789012.999999.sock'

export interface RuntimeBaseOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly uid: number
}

/** `XDG_RUNTIME_DIR`, `/run/user/UID`, `/tmp`: the first that is ours and short enough for a socket's path. */
export function chooseRuntimeDir(options: RuntimeBaseOptions, key: string): string {
  const bases = [options.env['XDG_RUNTIME_DIR'] ?? '', `/run/user/${options.uid}`]
  for (const base of bases) {
    const path = join(base, 'fettle', key)
    if (isAbsolute(base) && fitsSocket(path) && isUsableBase(base, options.uid)) return path
  }
  return join('/tmp', `fettle-${options.uid}`, key)
}

/**
 * Device and inode tell a copied state folder from the original; the mark in it tells it from one that was deleted
 * and whose inode was given out again, while an anchor of that one may still listen.
 */
function runtimeKeyOf(stateDir: string): string {
  const { dev, ino } = statSync(stateDir, { bigint: true })
  const mark = readTextFile(join(stateDir, 'mark')) ?? ''
  return new Bun.CryptoHasher('sha256').update(`${dev}:${ino}:${mark}`).digest('hex').slice(0, 12)
}

/** The recorded folder while it can be used, else the one that would be chosen now. Changes nothing. */
export function readRuntimeDir(stateDir: string, options: RuntimeBaseOptions): string {
  const key = runtimeKeyOf(stateDir)
  const newest = newestRecord(stateDir)
  return newest !== null && isValid(newest.record, key, options.uid)
    ? newest.record.path
    : chooseRuntimeDir(options, key)
}

/**
 * The folder all callers agree on. A record is never written over: each new one has the next number and is made by a
 * link, so that of two who find the old base gone (logout takes `/run/user/UID` away) one decides for both.
 */
export function agreeOnRuntimeDir(stateDir: string, options: RuntimeBaseOptions): string {
  // Of two first callers at once both read the mark of the one that was first.
  if (recordNumbers(stateDir).length === 0) {
    createAtomic(join(stateDir, 'mark'), crypto.getRandomValues(new Uint8Array(8)).toHex(), { fsync: true })
  }
  const key = runtimeKeyOf(stateDir)
  for (;;) {
    const newest = newestRecord(stateDir)
    if (newest !== null && isValid(newest.record, key, options.uid)) return newest.record.path
    const n = newest === null ? 0 : newest.n + 1
    const path = chooseRuntimeDir(options, key)
    if (!isUsablePath(path, options.uid)) throw unusable(path)
    const record: RuntimeRecord = { format: RUNTIME_FORMAT, path, key }
    createAtomic(recordPath(stateDir, n), toRecordText(record))
    removeOlder(stateDir, n - KEPT_RECORDS)
  }
}

const KEPT_RECORDS = 8

interface NumberedRecord {
  readonly n: number
  readonly record: RuntimeRecord | null
}

function newestRecord(stateDir: string): NumberedRecord | null {
  let n = -1
  for (const number of recordNumbers(stateDir)) n = Math.max(n, number)
  return n < 0 ? null : { n, record: readUnlessDamaged(recordPath(stateDir, n)) }
}

/** A damaged record is as good as one whose base is gone; one of a later version is not ours to replace. */
function readUnlessDamaged(path: string): RuntimeRecord | null {
  try {
    return readRecord(path, FORMAT)
  } catch (error) {
    if (error instanceof FettleError && error.code === 'store_damaged') return null
    throw error
  }
}

function recordNumbers(stateDir: string): number[] {
  return readdirSync(stateDir).flatMap((name) => {
    const match = /^runtime(?:\.(\d+))?\.json$/.exec(name)
    return match === null ? [] : [Number(match[1] ?? 0)]
  })
}

function recordPath(stateDir: string, n: number): string {
  return join(stateDir, n === 0 ? 'runtime.json' : `runtime.${n}.json`)
}

function removeOlder(stateDir: string, n: number): void {
  for (const number of recordNumbers(stateDir)) {
    if (number > n) continue
    try {
      unlinkSync(recordPath(stateDir, number))
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error
    }
  }
}

function isValid(record: RuntimeRecord | null, key: string, uid: number): record is RuntimeRecord {
  return record !== null && record.key === key && isUsablePath(record.path, uid)
}

/** The folder itself may be missing (a new boot): it is made again. What it would be made in must be there and ours. */
function isUsablePath(path: string, uid: number): boolean {
  if (!isAbsolute(path) || !fitsSocket(path)) return false
  const parent = dirname(path)
  if (parent === join('/tmp', `fettle-${uid}`)) return isOursOrMissing(parent)
  return isUsableBase(dirname(parent), uid) && isOursOrMissing(parent)
}

function isOursOrMissing(path: string): boolean {
  const why = whyNotPrivate(path)
  return why === null || why === 'it is not there'
}

function isUsableBase(base: string, uid: number): boolean {
  try {
    const stat = statSync(base)
    if (!stat.isDirectory() || stat.uid !== uid || (stat.mode & 0o022) !== 0) return false
    accessSync(base, constants.W_OK | constants.X_OK)
    return true
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EROFS', 'ELOOP')) return false
    throw error
  }
}

function fitsSocket(runtimeDir: string): boolean {
  return Buffer.byteLength(runtimeDir) + LONGEST_SOCKET.length <= MAX_SOCKET_BYTES
}

function unusable(path: string): FettleError {
  return new FettleError(
    'home_refused',
    `Cannot use ${dirname(path)} for sockets: it is not a folder of this user alone`,
    {
      hint: `Remove it, or set XDG_RUNTIME_DIR to a folder of yours with mode 0700.`,
      data: { path },
    },
  )
}
