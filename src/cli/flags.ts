/**
 * A verb's flags are data: parsing, help, completion and the checks of what goes together all read this.
 * A flag's kind decides the type that `ParsedArgs` hands out for it.
 */
export type FlagSpec =
  | BooleanFlag
  | TextFlag
  | ListFlag
  | ChoiceFlag
  | DurationFlag
  | SizeFlag
  | IntegerFlag
  | OptionalFlag

interface FlagBase {
  /** One letter, used as `-f`. */
  readonly short?: string
  /** What it does, one line. */
  readonly help: string
}

export interface BooleanFlag extends FlagBase {
  readonly kind: 'boolean'
}

export interface TextFlag extends FlagBase {
  readonly kind: 'text'
  /** How the value is called in the help: `NAME`, `FILE`. */
  readonly value: string
}

/** May be given more than once. */
export interface ListFlag extends FlagBase {
  readonly kind: 'list'
  readonly value: string
}

export interface ChoiceFlag extends FlagBase {
  readonly kind: 'choice'
  readonly choices: readonly string[]
}

/** `500ms`, `10s`, `2h`, `1h30m`; ms. */
export interface DurationFlag extends FlagBase {
  readonly kind: 'duration'
  /** 0 would mean nothing. */
  readonly positive?: true
}

/** `64kB`, `2GB`, `1GiB`; bytes. */
export interface SizeFlag extends FlagBase {
  readonly kind: 'size'
  readonly positive?: true
}

export interface IntegerFlag extends FlagBase {
  readonly kind: 'integer'
  readonly value: string
  readonly min?: number
}

/** A switch whose value may be left out: the next word is its value only if it has the pattern's form. */
export interface OptionalFlag extends FlagBase {
  readonly kind: 'optional'
  readonly value: string
  readonly pattern: RegExp
}

export type FlagSpecs = Readonly<Record<string, FlagSpec>>

/** What one flag does to another; checked after parsing, told in the error. */
export type FlagRule =
  | { readonly flag: string; readonly excludes: readonly string[]; readonly because: string }
  | { readonly flag: string; readonly needs: readonly string[]; readonly because: string }

export interface PositionalSpec {
  /** As in the help: `SELECTOR`, `TEXT`. */
  readonly name: string
  readonly min: number
  /** `Infinity` for any number. */
  readonly max: number
}

/** Understood by every verb, before or after its name. */
export const GLOBAL_FLAGS = {
  json: {
    kind: 'boolean',
    help: 'Data as JSON (one object; streams as JSON lines); errors as JSON on stderr',
  },
  home: {
    kind: 'text',
    value: 'DIR',
    help: 'Use this folder for config, state and sockets (as FETTLE_HOME)',
  },
  color: {
    kind: 'choice',
    choices: ['auto', 'always', 'never'],
    help: 'Colours; auto: on a terminal without NO_COLOR',
  },
  quiet: { kind: 'boolean', short: 'q', help: 'Nothing on stderr but errors' },
  yes: { kind: 'boolean', short: 'y', help: 'Do not ask for confirmation' },
  help: { kind: 'boolean', short: 'h', help: 'Show this help' },
  version: { kind: 'boolean', short: 'V', help: 'Show the version' },
} as const satisfies FlagSpecs

export type GlobalFlags = typeof GLOBAL_FLAGS
