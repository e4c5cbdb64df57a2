import { FettleError } from '../core/errors.ts'
import { redactError } from '../core/redact/redact-error.ts'
import { oneLine } from '../core/text/one-line.ts'
import { toUnwritable } from '../platform/files/unwritable.ts'
import { wipeProgress } from './progress.ts'
import { writeErr } from './output.ts'

/** Tells an error on stderr, for a person or as one JSON line, and answers what kind of failure it was. */
export function reportError(error: unknown, json: boolean): FettleError {
  const known = toKnownError(error)
  const shown = redactError(known.toBody())
  wipeProgress()
  if (json) {
    writeErr(`${JSON.stringify({ format: 1, error: shown })}\n`)
  } else {
    writeErr(`fettle: ${oneLine(shown.message)}\n`)
    for (const line of shown.hint === '' ? [] : shown.hint.split('\n')) writeErr(`  ${oneLine(line)}\n`)
  }
  return known
}

/** What nobody foresaw is a fault of ours and says so, with the place where it happened. */
function toKnownError(error: unknown): FettleError {
  if (error instanceof FettleError) return error
  const unwritable = toUnwritable(error)
  if (unwritable !== null) return unwritable
  const message = error instanceof Error ? error.message : String(error)
  const place =
    error instanceof Error
      ? (error.stack ?? '')
          .split('\n')
          .slice(1, 4)
          .map((line) => line.trim())
      : []
  return new FettleError('internal', `A fault in fettle: ${message}`, {
    hint: process.env['FETTLE_DEBUG'] === undefined ? 'FETTLE_DEBUG=1 shows where' : place.join('\n'),
    cause: error,
  })
}
