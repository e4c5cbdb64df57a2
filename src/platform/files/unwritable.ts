import { FettleError } from '../../core/errors.ts'
import { errnoOf } from './errno.ts'

interface Refusal {
  readonly why: string
  readonly hint: string
  /** The medium takes nothing at the moment: what must be obeyed is obeyed from memory, and written later. */
  readonly isOfDisk: boolean
}

const FULL: Refusal = {
  why: 'the disk is full',
  hint: 'Make room; what runs goes on, counts what it cannot keep, and can be stopped ("fettle kill").',
  isOfDisk: true,
}
const READ_ONLY: Refusal = {
  why: 'the file system is read-only',
  hint: 'Verbs that read (ps, logs, why) work all the same.',
  isOfDisk: true,
}
const FAILED: Refusal = {
  why: 'the disk failed',
  hint: "The system's log says more (dmesg).",
  isOfDisk: true,
}
const FORBIDDEN: Refusal = {
  why: 'no permission',
  hint: 'Verbs that read (ps, logs, why) work all the same; "fettle doctor" looks at the folders.',
  isOfDisk: false,
}

/** By the code of the system call, or of SQLite, whose longer codes say the same more exactly. */
const REFUSALS: readonly (readonly [code: string, Refusal])[] = [
  ['ENOSPC', FULL],
  ['EDQUOT', { ...FULL, why: 'the disk quota is used up' }],
  ['SQLITE_FULL', FULL],
  ['EROFS', READ_ONLY],
  ['SQLITE_READONLY', READ_ONLY],
  ['EIO', FAILED],
  ['SQLITE_IOERR', FAILED],
  ['EACCES', FORBIDDEN],
  ['EPERM', FORBIDDEN],
]

function refusalOf(error: unknown): Refusal | undefined {
  const code = errnoOf(error) ?? ''
  return REFUSALS.find(([known]) => code === known || code.startsWith(`${known}_`))?.[1]
}

/** Whether a file, or the database in one, could not be written because the disk took nothing. */
export function isUnwritable(error: unknown): boolean {
  return refusalOf(error)?.isOfDisk === true
}

/** What the file system refused, in words; null for any other error. */
export function toUnwritable(error: unknown): FettleError | null {
  const refusal = refusalOf(error)
  if (refusal === undefined) return null
  const { why, hint } = refusal
  const errno = errnoOf(error)
  const path = error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : null
  return new FettleError('store_unwritable', `Cannot write ${path ?? 'the state'}: ${why} (${errno})`, {
    hint,
    data: { path, errno },
    cause: error,
  })
}
