import { FettleError } from '../core/errors.ts'
import { GLOBAL_FLAGS } from './flags.ts'
import type { FlagRule, FlagSpec, FlagSpecs, GlobalFlags, PositionalSpec } from './flags.ts'
import { nearest } from './nearest.ts'
import { readDuration, readInteger, readSize } from './read-value.ts'

/** What a verb accepts: the part of its definition that the parser reads. */
export interface ArgsSpec<F extends FlagSpecs> {
  readonly name: string
  /** What follows the name in the usage line. */
  readonly usage?: string
  readonly flags: F
  readonly positionals: PositionalSpec
  readonly rules?: readonly FlagRule[]
  /** The first word that is no flag ends the flags: what follows is a command of its own. */
  readonly takesCommand?: boolean
}

type NamesOfKind<F extends FlagSpecs, K extends FlagSpec['kind']> = {
  [N in keyof F]: F[N] extends { readonly kind: K } ? N : never
}[keyof F] &
  string

type Value = true | string | number | readonly string[]

/** Flags by the kind they were declared with: asking for a flag that is not there does not compile. */
export class ParsedArgs<F extends FlagSpecs> {
  readonly #values: ReadonlyMap<string, Value>
  readonly words: readonly string[]
  /** Index in argv of the first word, when the verb takes a command: its bytes are read from there. */
  readonly commandAt: number | null

  constructor(values: ReadonlyMap<string, Value>, words: readonly string[], commandAt: number | null) {
    this.#values = values
    this.words = words
    this.commandAt = commandAt
  }

  on(name: NamesOfKind<F, 'boolean'>): boolean {
    return this.#values.get(name) === true
  }

  text(name: NamesOfKind<F, 'text' | 'choice'>): string | null {
    const value = this.#values.get(name)
    return typeof value === 'string' ? value : null
  }

  list(name: NamesOfKind<F, 'list'>): readonly string[] {
    const value = this.#values.get(name)
    return typeof value === 'object' ? value : []
  }

  /** ms, bytes or a count, by the flag's kind. */
  number(name: NamesOfKind<F, 'duration' | 'size' | 'integer'>): number | null {
    const value = this.#values.get(name)
    return typeof value === 'number' ? value : null
  }

  /** `false` when absent, `null` when given without a value. */
  optional(name: NamesOfKind<F, 'optional'>): string | null | false {
    const value = this.#values.get(name)
    if (value === undefined) return false
    return typeof value === 'string' ? value : null
  }

  has(name: keyof F & string): boolean {
    return this.#values.has(name)
  }
}

export interface Parsed<F extends FlagSpecs> {
  readonly args: ParsedArgs<F>
  readonly globals: ParsedArgs<GlobalFlags>
}

/** Parses what follows a verb's name. `argvOffset` is the index of `argv[0]` in the process's own arguments. */
export function parseArgs<F extends FlagSpecs>(
  spec: ArgsSpec<F>,
  argv: readonly string[],
  argvOffset = 0,
): Parsed<F> {
  const values = new Map<string, Value>()
  const globalValues = new Map<string, Value>()
  const words: string[] = []
  let commandAt: number | null = null
  let at = 0
  while (at < argv.length) {
    const word = argv[at] ?? ''
    if (word === '--') {
      commandAt = at + 1
      words.push(...argv.slice(at + 1))
      break
    }
    if (!word.startsWith('-') || word === '-') {
      if (spec.takesCommand === true) {
        commandAt = at
        words.push(...argv.slice(at))
        break
      }
      words.push(word)
      at += 1
      continue
    }
    const flag = findFlag(spec, word)
    at += storeFlag(flag, flag.global ? globalValues : values, { verb: spec.name, word, next: argv[at + 1] })
  }
  const parsed = {
    args: new ParsedArgs<F>(values, words, commandAt === null ? null : commandAt + argvOffset),
    globals: new ParsedArgs<GlobalFlags>(globalValues, [], null),
  }
  // help and version are answered whatever else stands there
  if (!globalValues.has('help') && !globalValues.has('version')) {
    checkRules(spec, values)
    checkWords(spec, words)
  }
  return parsed
}

interface FoundFlag {
  readonly name: string
  readonly spec: FlagSpec
  readonly global: boolean
  /** Value written as `--name=value`. */
  readonly inline: string | null
}

function findFlag<F extends FlagSpecs>(spec: ArgsSpec<F>, word: string): FoundFlag {
  const equals = word.startsWith('--') ? word.indexOf('=') : -1
  const bare = equals === -1 ? word : word.slice(0, equals)
  const inline = equals === -1 ? null : word.slice(equals + 1)
  for (const [flags, global] of [
    [spec.flags, false],
    [GLOBAL_FLAGS, true],
  ] as const) {
    for (const [name, flag] of Object.entries<FlagSpec>(flags)) {
      if (bare === `--${name}` || (flag.short !== undefined && bare === `-${flag.short}`)) {
        return { name, spec: flag, global, inline }
      }
    }
  }
  const names = [...Object.keys(spec.flags), ...Object.keys(GLOBAL_FLAGS)].map((name) => `--${name}`)
  const near = bare.startsWith('--') ? nearest(bare, names) : null
  throw new FettleError('usage', `Unknown flag ${bare} for "${spec.name}"`, {
    hint: near === null ? `See: fettle ${spec.name} --help` : `Did you mean ${near}?`,
    data: { flag: bare, ...(near === null ? {} : { nearest: near }) },
  })
}

/** Stores the flag's value and answers how many words it took. */
function storeFlag(
  flag: FoundFlag,
  values: Map<string, Value>,
  from: { verb: string; word: string; next: string | undefined },
): number {
  const { name, spec, inline } = flag
  if (spec.kind === 'boolean') {
    if (inline !== null) throw new FettleError('usage', `--${name} takes no value`, { data: { flag: name } })
    values.set(name, true)
    return 1
  }
  if (spec.kind === 'optional') {
    const given = inline ?? (from.next !== undefined && spec.pattern.test(from.next) ? from.next : null)
    if (given !== null && !spec.pattern.test(given)) {
      throw new FettleError('bad_value', `--${name}: "${given}" is not of the form ${spec.value}`)
    }
    values.set(name, given ?? true)
    return inline === null && given !== null ? 2 : 1
  }
  const given = inline ?? from.next
  if (given === undefined || (inline === null && given.startsWith('-') && given.length > 1)) {
    throw new FettleError('usage', `--${name} needs a value (${valueName(spec)})`, {
      hint:
        given === undefined
          ? `See: fettle ${from.verb} --help`
          : `If "${given}" is the value, write it as --${name}=${given}`,
      data: { flag: name },
    })
  }
  if (spec.kind === 'list') {
    const before = values.get(name)
    values.set(name, [...(typeof before === 'object' ? before : []), given])
  } else {
    if (values.has(name)) throw new FettleError('usage', `--${name} is given twice`, { data: { flag: name } })
    values.set(name, readFlagValue(name, spec, given))
  }
  return inline === null ? 2 : 1
}

function readFlagValue(
  name: string,
  spec: Exclude<FlagSpec, { kind: 'boolean' | 'optional' | 'list' }>,
  given: string,
): string | number {
  switch (spec.kind) {
    case 'text':
      return given
    case 'choice': {
      if (spec.choices.includes(given)) return given
      const near = nearest(given, spec.choices)
      throw new FettleError('bad_value', `--${name}: "${given}" is none of ${spec.choices.join(', ')}`, {
        hint: near === null ? '' : `Did you mean ${near}?`,
      })
    }
    case 'duration':
      return refuseZero(name, spec, { given, value: readDuration(`--${name}`, given) })
    case 'size':
      return refuseZero(name, spec, { given, value: readSize(`--${name}`, given) })
    case 'integer':
      return readInteger(`--${name}`, given, spec.min ?? 0)
  }
}

function refuseZero(
  name: string,
  spec: { readonly positive?: true },
  { given, value }: { readonly given: string; readonly value: number },
): number {
  if (spec.positive !== true || value > 0) return value
  throw new FettleError('bad_value', `--${name}: "${given}" is nothing, more than 0 was expected`, {
    hint: `Leave --${name} out for its default.`,
  })
}

/** How a flag's value is called in help and errors; empty for a switch. */
export function valueName(spec: FlagSpec): string {
  switch (spec.kind) {
    case 'boolean':
      return ''
    case 'choice':
      return spec.choices.join('|')
    case 'duration':
      return 'TIME'
    case 'size':
      return 'SIZE'
    default:
      return spec.value
  }
}

function checkRules<F extends FlagSpecs>(spec: ArgsSpec<F>, values: ReadonlyMap<string, Value>): void {
  for (const rule of spec.rules ?? []) {
    if (!values.has(rule.flag)) continue
    if ('excludes' in rule) {
      const other = rule.excludes.find((name) => values.has(name))
      if (other === undefined) continue
      throw new FettleError('usage', `--${rule.flag} and --${other} do not go together: ${rule.because}`)
    }
    if (!rule.needs.some((name) => values.has(name))) {
      const wanted = rule.needs.map((name) => `--${name}`).join(' or ')
      throw new FettleError('usage', `--${rule.flag} means nothing without ${wanted}: ${rule.because}`)
    }
  }
}

function checkWords<F extends FlagSpecs>(spec: ArgsSpec<F>, words: readonly string[]): void {
  const { name, min, max } = spec.positionals
  const hint = `See: fettle ${spec.name} --help`
  if (words.length < min) {
    const needed = min === 1 ? `a ${name}` : `${min} × ${name}: ${spec.usage ?? ''}`
    throw new FettleError('usage', `"${spec.name}" needs ${needed}`, {
      hint,
    })
  }
  if (words.length > max) {
    const extra = words[max] ?? ''
    const message =
      max === 0 ? `"${spec.name}" takes no arguments` : `"${spec.name}" takes at most ${max} × ${name}`
    throw new FettleError('usage', `${message}; "${extra}" is one too many`, { hint })
  }
}
