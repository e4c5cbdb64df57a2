import { GLOBAL_FLAGS } from '../flags.ts'
import type { FlagSpec, FlagSpecs } from '../flags.ts'
import { listJobViews } from '../../store/run-files/job-views.ts'
import { readHome } from '../../store/home.ts'
import { isFinished } from '../render/job-state.ts'
import { defineVerb } from '../verb.ts'
import type { Completes, Verb } from '../verb.ts'

/** What may stand in place of the last word; one candidate per line. Reads the disk, starts nothing. */
export const complete = defineVerb({
  name: '__complete',
  summary: 'Candidates for shell completion',
  usage: '-- WORDS…',
  flags: {},
  takesCommand: true,
  positionals: { name: 'WORD', min: 0, max: Number.POSITIVE_INFINITY },
  examples: [{ command: 'fettle __complete -- kill we', does: 'names and ids of live jobs' }],
  async run(cli, args) {
    const words = [...args.words]
    const last = words.pop() ?? ''
    const { ALIASES, VERBS } = await import('../verb-table.ts')
    const verbAt = findVerbAt(words)
    const name = words[verbAt]
    const load = name === undefined ? undefined : VERBS[ALIASES[name] ?? name]
    const line = { home: givenHome(words), before: words.slice(verbAt + 1), last }
    const found = load === undefined ? beforeVerb(words, Object.keys(VERBS)) : candidates(await load(), line)
    for (const word of found.filter((candidate) => candidate.startsWith(last))) cli.line(word)
    return 0
  },
})

/** What has been typed, as far as it is finished. */
interface Line {
  readonly home: string | null
  /** Words after the verb. */
  readonly before: readonly string[]
  readonly last: string
}

/** Flags that stand before the verb are global ones; some have a value of their own. */
function findVerbAt(words: readonly string[]): number {
  let at = 0
  while (words[at]?.startsWith('-') === true)
    at += findFlag(GLOBAL_FLAGS, words[at] ?? '') === undefined ? 1 : 2
  return at
}

function beforeVerb(words: readonly string[], verbs: readonly string[]): string[] {
  const flag = findFlag(GLOBAL_FLAGS, words.at(-1) ?? '')
  return flag === undefined ? [...verbs, ...flagNames(GLOBAL_FLAGS)] : valuesOf(flag)
}

/** Names are those of the home that the command itself will use. */
function givenHome(words: readonly string[]): string | null {
  const at = words.indexOf('--home')
  return at === -1 ? null : (words[at + 1] ?? null)
}

function candidates(verb: Verb, { home, before, last }: Line): string[] {
  const { flags, completes, takesCommand } = verb.spec
  // behind the command's first word (or --) nothing is ours to complete
  if (takesCommand === true && before.includes('--')) return []
  const known = { ...GLOBAL_FLAGS, ...flags }
  const flag = findFlag(known, before.at(-1) ?? '')
  if (flag !== undefined) return valuesOf(flag)
  if (last.startsWith('-')) return flagNames(known)
  return completes === undefined ? [] : wordsFor(home, completes)
}

/** The flag that waits for its value. */
function findFlag(flags: FlagSpecs, word: string): FlagSpec | undefined {
  const found = Object.entries(flags).find(
    ([name, { short }]) => word === `--${name}` || (short !== undefined && word === `-${short}`),
  )?.[1]
  return found === undefined || found.kind === 'boolean' || found.kind === 'optional' ? undefined : found
}

function valuesOf(flag: FlagSpec): string[] {
  return flag.kind === 'choice' ? [...flag.choices] : []
}

function wordsFor(flagHome: string | null, completes: Completes): string[] {
  if (completes.kind === 'words') return [...completes.words]
  const home = readHome({ env: process.env, flagHome })
  const jobs = listJobViews(home).jobs.filter((job) => !completes.live || !isFinished(job))
  const names = jobs.flatMap((job) => (job.name === null ? [] : [job.name]))
  return [...new Set(names), ...jobs.map((job) => job.id)]
}

function flagNames(flags: FlagSpecs): string[] {
  return Object.keys(flags).map((name) => `--${name}`)
}
