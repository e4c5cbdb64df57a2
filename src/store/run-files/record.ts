import { FettleError } from '../../core/errors.ts'
import { readTextFile } from '../../platform/files/write-atomic.ts'
import { damaged, Fields } from './fields.ts'

export interface RecordFormat<T> {
  /** What the record is called in errors: `state.json`. */
  readonly name: string
  /** The greatest format number this version understands. */
  readonly format: number
  readonly read: (fields: Fields) => T
}

/**
 * Text of one record to its value. Throws `store_damaged`, or `store_newer` when a later version of fettle wrote it:
 * that is not damage, and must not be written over.
 */
export function parseRecord<T>(text: string, format: RecordFormat<T>): T {
  const fields = new Fields(format.name, parseJson(text, format.name))
  const found = fields.count('format')
  if (found > format.format) throw newer({ name: format.name, found, known: format.format })
  if (found < 1) throw damaged(`${format.name} has format ${found}, 1 to ${format.format} were expected`)
  return format.read(fields)
}

/** As `parseRecord` for a file; null when there is none. Errors name the path. */
export function readRecord<T>(path: string, format: RecordFormat<T>): T | null {
  const text = readTextFile(path)
  if (text === null) return null
  try {
    return parseRecord(text, format)
  } catch (error) {
    if (!(error instanceof FettleError)) throw error
    throw new FettleError(error.code, `${path}: ${error.message}`, {
      hint: error.hint,
      data: { ...error.data, path },
      cause: error,
    })
  }
}

/** One line, so that a person's `cat` and a tool's line reader both work. */
export function toRecordText(value: object): string {
  return `${JSON.stringify(value)}\n`
}

function parseJson(text: string, name: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    // The parser's own message may quote the content.
    throw damaged(`${name} is not JSON (${text.length} characters)`)
  }
}

function newer(options: { name: string; found: number; known: number }): FettleError {
  const { name, found, known } = options
  return new FettleError('store_newer', `${name} has format ${found}, this version reads up to ${known}`, {
    hint: 'A later version of fettle wrote it: use that version. Nothing was changed.',
    data: { why: `format ${found}`, found, known },
  })
}
