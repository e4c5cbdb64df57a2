import { FettleError } from '../core/errors.ts'
import { parseDuration } from '../core/parse/duration.ts'
import { parseSize } from '../core/parse/size.ts'

/** Values of flags, read once at the edge. What is wrong is told with the flag's name. */

export function readDuration(what: string, text: string): number {
  return named(what, () => parseDuration(text))
}

export function readSize(what: string, text: string): number {
  return named(what, () => parseSize(text))
}

export function readInteger(what: string, text: string, min: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value) || value < min) {
    throw new FettleError('bad_value', `${what}: "${text}" is not a whole number from ${min} up`)
  }
  return value
}

/** Runs a parser and puts the flag's name before what it complains of. */
export function named<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof FettleError)) throw error
    throw new FettleError(error.code, `${what}: ${error.message}`, { hint: error.hint, data: error.data })
  }
}

/** `KEY=VALUE`; a value may hold further equals signs. */
export function readPair(what: string, text: string): readonly [key: string, value: string] {
  const at = text.indexOf('=')
  if (at <= 0) throw new FettleError('bad_value', `${what}: "${text}" is not of the form KEY=VALUE`)
  return [text.slice(0, at), text.slice(at + 1)]
}
