/** Whether `error` is the operating system's answer with one of these codes (`ENOENT`, `EEXIST`, …). */
export function isErrno(
  error: unknown,
  ...codes: readonly string[]
): error is Error & { readonly code: string } {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
  )
}

/** The code of an operating system's error, null for anything else. */
export function errnoOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}

const UNWRITABLE = /^(ENOSPC|EDQUOT|EROFS|EIO|SQLITE_FULL|SQLITE_READONLY.*|SQLITE_IOERR.*)$/

/** Whether a file, or the database in one, could not be written because the disk took nothing. */
export function isUnwritable(error: unknown): boolean {
  return UNWRITABLE.test(errnoOf(error) ?? '')
}
