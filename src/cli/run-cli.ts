import { resolve } from 'node:path'
import { FettleError } from '../core/errors.ts'
import { Cli } from './cli.ts'
import { toVerbExitCode } from './exit-code.ts'
import { OutputClosed, writeOut } from './output.ts'
import { nearest } from './nearest.ts'
import type { ColorMode } from './render/paint.ts'
import type { ParsedCall, Verb } from './verb.ts'
import { ALIASES, HIDDEN_VERBS, VERBS } from './verb-table.ts'

/** Runs one command line; answers the exit code. `argv` is what follows the program's name. */
export async function runCli(argv: readonly string[]): Promise<number> {
  let passesJobCode = false
  // Before parsing went through: the caller's wish for JSON errors counts even in a faulty line.
  const json = argv.slice(0, endOfFlags(argv)).includes('--json')
  try {
    const { verb, name, rest, before } = await findVerb(argv)
    if (verb === null) return 0
    passesJobCode = verb.spec.passesJobCode?.(rest) ?? false
    // Global flags may stand before the verb: they are parsed with the rest, which the verb's name moved by one.
    const call = verb.parse([...before, ...rest], 1)
    return await runVerb(verb, name, call)
  } catch (error) {
    if (error instanceof OutputClosed) return 0
    const { reportError } = await import('./report-error.ts')
    return toVerbExitCode(reportError(error, json), passesJobCode)
  }
}

async function runVerb(verb: Verb, name: string, call: ParsedCall): Promise<number> {
  const { globals } = call
  if (globals.on('help')) {
    const { verbHelp } = await import('./help.ts')
    writeOut(verbHelp(verb))
    return 0
  }
  if (globals.on('version') && name !== 'version') {
    const version = await VERBS['version']?.()
    return version === undefined ? 0 : await version.parse([], 0).run(toCli(call))
  }
  return await call.run(toCli(call))
}

function toCli({ globals }: ParsedCall): Cli {
  const home = globals.text('home')
  // what is started from here (anchor, daemon) must find the same home
  if (home !== null) process.env['FETTLE_HOME'] = resolve(home)
  return new Cli({
    home,
    json: globals.on('json'),
    quiet: globals.on('quiet'),
    yes: globals.on('yes'),
    color: toColorMode(globals.text('color')),
  })
}

function toColorMode(text: string | null): ColorMode {
  return text === 'always' || text === 'never' ? text : 'auto'
}

interface FoundVerb {
  /** Null when the list of verbs was asked for and has been printed. */
  readonly verb: Verb | null
  readonly name: string
  readonly before: readonly string[]
  readonly rest: readonly string[]
}

/** The first word that is no flag names the verb; what stands before it are global flags. */
async function findVerb(argv: readonly string[]): Promise<FoundVerb> {
  let at = 0
  while (at < argv.length && (argv[at] ?? '').startsWith('-')) {
    at += argv[at] === '--home' || argv[at] === '--color' ? 2 : 1
  }
  const before = argv.slice(0, at)
  const word = argv[at]
  const none = { verb: null, name: '', before, rest: [] }
  if (word === undefined || word === 'help') {
    const about = word === 'help' ? argv[at + 1] : undefined
    if (about !== undefined) {
      return { verb: await loadVerb(about), name: about, before: ['--help'], rest: [] }
    }
    if (word === undefined && (before.includes('--version') || before.includes('-V'))) {
      return {
        verb: await loadVerb('version'),
        name: 'version',
        before: before.filter((flag) => flag !== '--version' && flag !== '-V'),
        rest: [],
      }
    }
    const { generalHelp } = await import('./help.ts')
    const asked = word === 'help' || before.includes('--help') || before.includes('-h')
    if (!asked) {
      throw new FettleError(
        'usage',
        before.length === 0 ? 'No verb was given' : `Unknown flag ${before[0]} without a verb`,
        {
          hint: 'fettle --help lists the verbs; fettle quickstart shows them at work',
        },
      )
    }
    writeOut(await generalHelp())
    return none
  }
  return { verb: await loadVerb(word), name: word, before, rest: argv.slice(at + 1) }
}

async function loadVerb(word: string): Promise<Verb> {
  const name = ALIASES[word] ?? word
  const load = Object.hasOwn(VERBS, name)
    ? VERBS[name]
    : Object.hasOwn(HIDDEN_VERBS, name)
      ? HIDDEN_VERBS[name]
      : undefined
  if (load !== undefined) return await load()
  const near = nearest(word, Object.keys(VERBS))
  throw new FettleError('unknown_verb', `There is no verb "${word}"`, {
    hint: near === null ? 'fettle --help lists the verbs' : `Did you mean "fettle ${near}"?`,
    data: { verb: word, ...(near === null ? {} : { nearest: near }) },
  })
}

function endOfFlags(argv: readonly string[]): number {
  const at = argv.indexOf('--')
  return at === -1 ? argv.length : at
}
