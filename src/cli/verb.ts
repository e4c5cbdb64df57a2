import type { Cli } from './cli.ts'
import type { FlagSpecs } from './flags.ts'
import { parseArgs } from './parse-args.ts'
import type { ArgsSpec, Parsed, ParsedArgs } from './parse-args.ts'

export interface Example {
  readonly command: string
  readonly does: string
}

export type Completes =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** Names and ids of jobs, of all or of those that run. */
  | { readonly kind: 'jobs'; readonly live: boolean }

/** One verb's whole definition. */
export interface VerbSpec<F extends FlagSpecs> extends ArgsSpec<F> {
  /** One line, as in the list of verbs. */
  readonly summary: string
  /** What follows the name in the usage line. */
  readonly usage: string
  /** Paragraphs under the usage line. */
  readonly details?: string
  readonly examples: readonly Example[]
  /** What may stand in the place of a word, for the shell's completion. */
  readonly completes?: Completes
  /**
   * Whether this call answers with the job's exit code; then fettle's own failures are 125, a time-out 124.
   * Decided before parsing, so that a usage error counts too.
   */
  readonly passesJobCode?: (argv: readonly string[]) => boolean
  /** Answers the exit code. */
  readonly run: (cli: Cli, args: ParsedArgs<F>) => number | Promise<number>
}

/** A verb with its flags' types closed over, so that verbs of any flags fit one table. */
export interface Verb {
  readonly spec: VerbSpec<FlagSpecs>
  /** Parses; what it answers carries the typed call. */
  readonly parse: (argv: readonly string[], argvOffset: number) => ParsedCall
}

export interface ParsedCall {
  readonly globals: Parsed<FlagSpecs>['globals']
  readonly run: (cli: Cli) => number | Promise<number>
}

export function defineVerb<const F extends FlagSpecs>(spec: VerbSpec<F>): Verb {
  return {
    spec: { ...spec, run: () => 0 },
    parse(argv, argvOffset) {
      const { args, globals } = parseArgs(spec, argv, argvOffset)
      return { globals, run: (cli) => spec.run(cli, args) }
    },
  }
}
