import { FettleError } from '../../core/errors.ts'
import { isErrno } from './errno.ts'

const WORDS: Readonly<Record<string, { readonly why: string; readonly hint: string }>> = {
  ENOSPC: { why: 'the disk is full', hint: 'Make room; what runs goes on, and counts what it cannot keep.' },
  EDQUOT: {
    why: 'the disk quota is used up',
    hint: 'Make room; what runs goes on, and counts what it cannot keep.',
  },
  EROFS: { why: 'the file system is read-only', hint: 'Verbs that read (ps, logs, why) work all the same.' },
  EACCES: {
    why: 'no permission',
    hint: 'Verbs that read (ps, logs, why) work all the same; "fettle doctor" looks at the folders.',
  },
  EPERM: {
    why: 'no permission',
    hint: 'Verbs that read (ps, logs, why) work all the same; "fettle doctor" looks at the folders.',
  },
  EIO: { why: 'the disk failed', hint: "The system's log says more (dmesg)." },
}

/** What the file system refused, in words; null for any other error. */
export function toUnwritable(error: unknown): FettleError | null {
  if (!isErrno(error, ...Object.keys(WORDS))) return null
  const { why, hint } = WORDS[error.code] ?? { why: error.code, hint: '' }
  const path = 'path' in error && typeof error.path === 'string' ? error.path : null
  const what = path === null ? 'a file of the state' : path
  return new FettleError('store_unwritable', `Cannot write ${what}: ${why} (${error.code})`, {
    hint,
    data: { path, errno: error.code },
    cause: error,
  })
}
