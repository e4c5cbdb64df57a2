import type { ErrorBody } from '../errors.ts'
import { redactText } from './redact-text.ts'

/** An error on its way out: it may quote what it was asked with. */
export function redactError(body: ErrorBody): ErrorBody {
  return {
    code: body.code,
    message: redactText(body.message),
    hint: redactText(body.hint),
    data: redactRecord(body.data),
  }
}

/** A record with every text in it without secrets. */
export function redactRecord(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, redactValue(value)]))
}

function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value)
  if (Array.isArray(value)) return value.map(redactValue)
  if (typeof value !== 'object' || value === null) return value
  return redactRecord(Object.fromEntries(Object.entries(value)))
}
