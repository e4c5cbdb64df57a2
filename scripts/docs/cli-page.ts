import { GLOBAL_FLAGS, type FlagSpec, type FlagSpecs } from '../../src/cli/flags.ts'
import { valueName } from '../../src/cli/parse-args.ts'
import { ALIASES, VERBS, VERB_GROUPS } from '../../src/cli/verb-table.ts'
import type { Verb } from '../../src/cli/verb.ts'
import { codeBlock, page, table } from './page.ts'

const INTRODUCTION = `From \`src/cli/verb-table.ts\` and the verbs under \`src/cli/verbs/\`. \`fettle VERB --help\` shows the same.

Data goes to stdout, talk to stderr. SELECTOR is a job's name, its id, or the beginning of an id (\`proc_\` and at least 4 hex digits, or
the digits alone); for several jobs also a pattern of names (\`web-*\`), \`owner:NAME\`, \`task:NAME\`, \`label:KEY\` or \`label:KEY=VALUE\`. One that
means several jobs where one is expected is an error that lists them. Times are written with a unit (\`500ms\`, \`10s\`, \`1h30m\`), sizes too (\`64kB\`,
\`2GB\`, \`1GiB\`). What stands behind \`--\` belongs to the command that is run.`

const EXIT_CODES = `## Exit codes

| code | means |
|---|---|
| 0 | done |
| 1 | failed |
| 2 | usage: the command line is wrong |
| 3 | not running, or not well |
| 4 | not found |
| 5 | the daemon cannot be reached |
| 6 | conflict: a selector means several jobs, a name is taken, versions differ |
| 7 | refused |
| 8 | partly done: something is left, and is named |

\`wait\` and \`run --wait\` answer with the job's own code, or with 128 + the number of the signal that ended it. There a failure of
fettle's own is 125 and a time-out 124, so that no code can mean two things; the error's own code stands in its JSON. Of several jobs
the first code that is not 0 is answered. [errors.md](errors.md) lists the errors and the exit code of each.`

export async function cliPage(): Promise<string> {
  const verbs = new Map<string, Verb>()
  for (const [name, load] of Object.entries(VERBS)) verbs.set(name, await load())
  const listed = VERB_GROUPS.flatMap(([, names]) => names)
  const unlisted = [...verbs.keys()].filter((name) => !listed.includes(name))
  if (unlisted.length > 0) throw new Error(`Verbs in no group of the help: ${unlisted.join(', ')}`)
  const overview = VERB_GROUPS.map(
    ([title, names]) =>
      `**${title}**\n\n${table(
        ['verb', 'what it does'],
        names.map((name) => [`[\`${name}\`](#fettle-${name})`, verbs.get(name)?.spec.summary ?? '']),
      )}`,
  )
  const aliases = Object.entries(ALIASES).map(([alias, name]) => `\`${alias}\` is \`${name}\``)
  return page(
    'Command line',
    INTRODUCTION,
    ...overview,
    `Other names: ${aliases.join(', ')}.`,
    `## Flags of every verb\n\n${flagTable(GLOBAL_FLAGS)}`,
    EXIT_CODES,
    ...listed.map((name) => verbSection(verbs.get(name))),
  )
}

function verbSection(verb: Verb | undefined): string {
  if (verb === undefined) throw new Error('A verb of the help is not in the table of verbs')
  const { spec } = verb
  const parts = [`## fettle ${spec.name}`, `${spec.summary}.`]
  parts.push(codeBlock(`fettle ${spec.name} ${spec.usage}`.trimEnd()))
  if (spec.details !== undefined) parts.push(detailsText(spec.details))
  if (Object.keys(spec.flags).length > 0) parts.push(flagTable(spec.flags))
  const rules = (spec.rules ?? []).map((rule) =>
    'excludes' in rule
      ? `- \`--${rule.flag}\` does not go with ${names(rule.excludes)}: ${rule.because}.`
      : `- \`--${rule.flag}\` needs ${names(rule.needs)}: ${rule.because}.`,
  )
  if (rules.length > 0) parts.push(rules.join('\n'))
  parts.push(codeBlock(spec.examples.map(({ command, does }) => `${command}\n    ${does}`).join('\n')))
  return parts.join('\n\n')
}

/** Indented lines of a verb's details are meant as they stand. */
function detailsText(details: string): string {
  return details.includes('\n  ') ? codeBlock(details) : details
}

function flagTable(flags: FlagSpecs): string {
  return table(
    ['flag', 'what it does'],
    Object.entries<FlagSpec>(flags).map(([name, flag]) => {
      const value = valueName(flag)
      const shown = flag.kind === 'optional' ? `[=${value}]` : value === '' ? '' : ` ${value}`
      const short = flag.short === undefined ? '' : `, \`-${flag.short}\``
      return [
        `\`--${name}${shown}\`${short}`,
        `${flag.help}${flag.kind === 'list' ? ' (may be repeated)' : ''}`,
      ]
    }),
  )
}

function names(flags: readonly string[]): string {
  return flags.map((name) => `\`--${name}\``).join(', ')
}
