import { GLOBAL_FLAGS } from './flags.ts'
import type { FlagSpec, FlagSpecs } from './flags.ts'
import { valueName } from './parse-args.ts'
import type { Verb } from './verb.ts'
import { VERBS, VERB_GROUPS } from './verb-table.ts'

const EXIT_CODES = `Exit codes: 0 ok · 1 failed · 2 usage · 3 not running · 4 not found · 5 daemon unreachable · 6 conflict
7 refused · 8 partly done. "wait" and "run --wait" answer with the job's code (128 + signal), 124 for a
time-out, 125 for a failure of fettle's own.`

/** The list of verbs. */
export async function generalHelp(): Promise<string> {
  const lines = [
    'fettle starts commands, keeps every byte they print, tells what happened and stops all of it.',
    '',
    'Usage: fettle VERB [flags] …        fettle VERB --help for one verb',
  ]
  for (const [title, names] of VERB_GROUPS) {
    lines.push('', `${title}:`)
    for (const name of names) {
      const verb = await VERBS[name]?.()
      if (verb !== undefined) lines.push(`  ${name.padEnd(14)} ${verb.spec.summary}`)
    }
  }
  lines.push('', 'Flags of every verb:', ...flagLines(GLOBAL_FLAGS))
  lines.push(
    '',
    'SELECTOR is a name, an id, or the beginning of an id (proc_ and 4 digits, or the digits alone).',
    '',
    ...EXIT_CODES.split('\n'),
    '',
    'Start here:',
    '  fettle run --name web -- npm run dev      prints the id at once; the job runs on by itself',
    '  fettle logs web --follow                  what it printed, and what it prints',
    '  fettle kill web                           stops it and all that it started',
  )
  return `${lines.join('\n')}\n`
}

export function verbHelp(verb: Verb): string {
  const { spec } = verb
  const lines = [
    `fettle ${spec.name} — ${spec.summary}`,
    '',
    `Usage: fettle ${spec.name} ${spec.usage}`.trimEnd(),
  ]
  if (spec.details !== undefined) lines.push('', ...spec.details.split('\n'))
  if (Object.keys(spec.flags).length > 0) lines.push('', 'Flags:', ...flagLines(spec.flags))
  lines.push('', 'Flags of every verb: --json --home DIR --color auto|always|never --quiet --yes --help')
  lines.push('', 'Examples:')
  for (const example of spec.examples) lines.push(`  ${example.command}`, `      ${example.does}`)
  return `${lines.join('\n')}\n`
}

function flagLines(flags: FlagSpecs): string[] {
  return Object.entries<FlagSpec>(flags).map(([name, flag]) => {
    const value = valueName(flag)
    const short = flag.short === undefined ? '    ' : `-${flag.short}, `
    const shown = flag.kind === 'optional' ? `[=${value}]` : value === '' ? '' : ` ${value}`
    const left = `  ${short}--${name}${shown}`
    const many = flag.kind === 'list' ? ' (may be repeated)' : ''
    return left.length > 33
      ? `${left}\n${' '.repeat(35)}${flag.help}${many}`
      : `${left.padEnd(35)}${flag.help}${many}`
  })
}
