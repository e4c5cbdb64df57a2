import { GLOBAL_FLAGS } from '../flags.ts'
import type { FlagSpec } from '../flags.ts'
import { listJobViews } from '../../store/run-files/job-views.ts'
import { isFinished } from '../render/job-state.ts'
import type { Cli } from '../cli.ts'
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
    const verbAt = words.findIndex((word) => !word.startsWith('-'))
    const name = words[verbAt]
    const load = name === undefined ? undefined : VERBS[ALIASES[name] ?? name]
    const found =
      load === undefined
        ? [...Object.keys(VERBS), ...flagNames(GLOBAL_FLAGS)]
        : candidates(cli, await load(), words.slice(verbAt + 1), last)
    for (const word of found.filter((candidate) => candidate.startsWith(last))) cli.line(word)
    return 0
  },
})

function candidates(cli: Cli, verb: Verb, before: readonly string[], last: string): string[] {
  const { flags, completes, takesCommand } = verb.spec
  // behind the command's first word (or --) nothing is ours to complete
  if (takesCommand === true && before.includes('--')) return []
  const previous = before.at(-1) ?? ''
  const flag = Object.entries<FlagSpec>(flags).find(
    ([name, spec]) => previous === `--${name}` || previous === `-${spec.short ?? ''}`,
  )?.[1]
  if (flag?.kind === 'choice') return [...flag.choices]
  if (flag !== undefined && flag.kind !== 'boolean' && flag.kind !== 'optional') return []
  if (last.startsWith('-')) return [...flagNames(flags), ...flagNames(GLOBAL_FLAGS)]
  return completes === undefined ? [] : wordsFor(cli, completes)
}

function wordsFor(cli: Cli, completes: Completes): string[] {
  if (completes.kind === 'words') return [...completes.words]
  const jobs = listJobViews(cli.home).jobs.filter((job) => !completes.live || !isFinished(job))
  const names = jobs.flatMap((job) => (job.name === null ? [] : [job.name]))
  return [...new Set(names), ...jobs.map((job) => job.id)]
}

function flagNames(flags: Readonly<Record<string, FlagSpec>>): string[] {
  return Object.keys(flags).map((name) => `--${name}`)
}
