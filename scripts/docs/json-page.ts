import { codeBlock, page } from './page.ts'
import { readDeclaration, readSource } from './source-text.ts'

const INTRODUCTION = `The objects that \`--json\`, the API and the files of a run are made of, as the sources declare them. Fields are added and never change
their meaning; a reader passes over what it does not know. Times are milliseconds since 1970 (\`…Ms\`), sizes are bytes (\`…Bytes\`).
\`null\` means "none" or "not known", as the field says; it is never a 0 or an empty text in disguise.`

/** Which verb prints which: one object per line, nothing else on stdout. */
const VERBS = `| command | prints |
|---|---|
| \`run --json\` | [JobView](#jobview) when the job has been made; with \`--wait\` one when it has ended |
| \`ps --json\` | \`{"jobs": [JobView…], "damaged": [{id, why}…]}\` |
| \`status SELECTOR --json\` | a [JobView](#jobview) per line |
| \`status --json\` | \`{"daemon": {…} or null, "jobs": {live, finished, failed, damaged}, "outputBytes": N}\` |
| \`logs SELECTOR --json\` | \`{"id", "run", "stream", "from", "to", "next", "droppedBytes", "text", "lines", "truncated"}\`; with \`--follow\` one such object per piece |
| \`wait --json\` | a [JobView](#jobview) per line; with \`--for match\` or \`quiet\` \`{"id", "name", "line"}\` |
| \`kill --json\` | \`{"results": [{id, name, selector, result, outcome, survivors, why, error}…]}\` |
| \`kill --signal HUP --json\` | \`{"id", "name", "signal", "target"}\` per job |
| \`restart --json\` | a [JobView](#jobview) per line |
| \`amend --json\` | \`{"id", "limits": {deadlineMs, idleMs}}\` |
| \`screen --json\` | \`{"id", "rows", "cols", "lines": […], "cursor": {row, col, visible}, "title", "alternate", "fromOffset"}\` |
| \`events --json\` | a [FettleEvent](#fettleevent) per line, with \`epoch\`, \`owner\`, \`bootId\` and \`monoMs\` besides |
| \`why --json\` | \`{"id", "name", "state", "lines": […], "events": [FettleEvent…]}\` |
| \`send --json\` | \`{"id", "acceptedBytes", "at", "nextSeq", "closed"}\` |
| \`consumer … --json\` | \`{"name", "owner", "ackedSeq", "epoch"}\`; \`read\`: \`{"events": [FettleEvent…], "next", "epoch"}\` |
| \`delegation … --json\` | the delegation; \`list\`: \`{"delegations": […]}\` |
| \`doctor --json\` | \`{"ok", "findings": [{level, check, text, repair}…]}\` |
| \`pause --json\`, \`resume --json\` | \`{"paused"}\` |
| \`notifications --json\` | \`{"notices": […], "text": ""}\` |
| \`daemon status --json\` | \`{"running", "pid", "version", "home", "startedAt", …, "anchorPid"}\` |
| \`paths --json\` | an object of paths |
| \`version --json\` | \`{"version", "bun", "platform", "arch"}\` |

An error is one line on stderr: \`{"error": ErrorBody}\`. stdout then holds whatever data was complete before it.`

const SHAPES: readonly (readonly [file: string, names: readonly string[]])[] = [
  ['src/protocol/api/job-view.ts', ['JobView', 'RunView']],
  [
    'src/core/run/outcome.ts',
    ['Outcome', 'OutcomeSource', 'StartFailure', 'StartStage', 'Leftovers', 'Survivor'],
  ],
  ['src/core/run/state.ts', ['RunStateName', 'EndReason']],
  [
    'src/core/run/spec.ts',
    [
      'RunSpec',
      'PtySize',
      'Limits',
      'StopSpec',
      'RestartPolicy',
      'Readiness',
      'AfterCondition',
      'WatchSpec',
      'CallerTraits',
    ],
  ],
  ['src/core/job/job.ts', ['RestartCounters']],
  ['src/core/events/event.ts', ['FettleEvent']],
  ['src/protocol/keeper.ts', ['MemberInfo']],
  ['src/core/errors.ts', ['ErrorBody']],
]

export function jsonPage(): string {
  const sections = SHAPES.flatMap(([file, names]) => {
    const source = readSource(file)
    return names.map((name) => `### ${name}\n\n${codeBlock(readDeclaration(source, name), 'ts')}`)
  })
  return page('JSON shapes', INTRODUCTION, '## What the commands print', VERBS, '## Shapes', ...sections)
}
