import { FettleError, isRecord } from '../../core/errors.ts'

/**
 * Hand-checked reading of one JSON record. A field that is not known is passed over, so that a format can grow; a
 * field that is missing or of another type makes the record damaged, and the message names it.
 */
export class Fields {
  readonly #what: string
  readonly #value: Readonly<Record<string, unknown>>

  constructor(what: string, value: unknown) {
    if (!isRecord(value)) throw damaged(`${what} is ${describe(value)}, an object was expected`)
    this.#what = what
    this.#value = value
  }

  text(key: string): string {
    const value = this.#value[key]
    return typeof value === 'string' ? value : this.#fail(key, 'text')
  }

  number(key: string): number {
    const value = this.#value[key]
    return typeof value === 'number' && Number.isFinite(value) ? value : this.#fail(key, 'a number')
  }

  /** A whole number that is not negative: an offset, a count, a pid. */
  count(key: string): number {
    const value = this.#value[key]
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
      ? value
      : this.#fail(key, 'a whole number')
  }

  flag(key: string): boolean {
    const value = this.#value[key]
    return typeof value === 'boolean' ? value : this.#fail(key, 'true or false')
  }

  oneOf<const T extends string>(key: string, names: readonly T[]): T {
    const value = this.#value[key]
    return names.find((name) => name === value) ?? this.#fail(key, `one of ${names.join(', ')}`)
  }

  /** Null (or absent: an older writer did not know the field) stays null. */
  orNull<T>(key: string, read: (key: string) => T): T | null {
    const value = this.#value[key]
    return value === null || value === undefined ? null : read(key)
  }

  object<T>(key: string, read: (fields: Fields) => T): T {
    return read(new Fields(`${this.#what}.${key}`, this.#value[key]))
  }

  objects<T>(key: string, read: (fields: Fields) => T): T[] {
    return this.#list(key).map((item, i) => read(new Fields(`${this.#what}.${key}[${i}]`, item)))
  }

  texts(key: string): string[] {
    return this.#list(key).map((item) =>
      typeof item === 'string' ? item : this.#fail(key, 'a list of texts'),
    )
  }

  numbers(key: string): number[] {
    return this.#list(key).map((item) =>
      typeof item === 'number' ? item : this.#fail(key, 'a list of numbers'),
    )
  }

  labels(key: string): Record<string, string> {
    const value = this.#value[key]
    if (!isRecord(value)) return this.#fail(key, 'an object')
    const labels: Record<string, string> = {}
    for (const [name, text] of Object.entries(value)) {
      labels[name] = typeof text === 'string' ? text : this.#fail(key, 'an object of texts')
    }
    return labels
  }

  /** Everything that is there, unchecked. */
  all(): Record<string, unknown> {
    return { ...this.#value }
  }

  #list(key: string): readonly unknown[] {
    const value: unknown = this.#value[key]
    return Array.isArray(value) ? value : this.#fail(key, 'a list')
  }

  #fail(key: string, expected: string): never {
    throw damaged(`${this.#what}.${key} is ${describe(this.#value[key])}, ${expected} was expected`)
  }
}

export function damaged(why: string): FettleError {
  return new FettleError('store_damaged', `Damaged record: ${why}`, { data: { why } })
}

/** Values may be long or secret: an error names the type, and the value only where it is a number. */
function describe(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'number' ? String(value) : `of type ${typeof value}`
}
