import { describeEvent } from '../../src/core/events/describe-event.ts'
import { EVENT_KINDS } from '../../src/core/events/event.ts'
import { EVENT_NOTES } from './event-notes.ts'
import { codeBlock, page } from './page.ts'
import { readDeclaration, readSource } from './source-text.ts'

const SOURCE = 'src/core/events/event.ts'

const INTRODUCTION = `From \`${SOURCE}\`. Everything that happens is an event in one append-only log, durable before it is told. \`fettle events\`
shows it, \`GET /v1/events\` answers it, and with \`Accept: text/event-stream\` it keeps coming. Fields of \`data\` may be missing in events
of other versions; a reader passes over what it does not know. A kind, once given out, keeps its meaning.`

const ACTORS = `\`actor\` is who did it: \`owner:NAME\` (a caller), \`run\` (the program itself), \`keeper\`, \`anchor\`, \`daemon\`, \`kernel\` or \`unknown\`. \`causeSeq\` is the number of the event
that led to this one; \`fettle why\` follows it. Numbers are given out once per host and epoch; a log that was restored from a copy has
a new epoch.`

export function eventsPage(): string {
  const source = readSource(SOURCE)
  const fields = readDataFields(source)
  const sections = EVENT_KINDS.map((kind) => {
    const { when, sample } = EVENT_NOTES[kind]
    const data = fields.get(kind)
    if (data === undefined) throw new Error(`${SOURCE} does not say what the data of ${kind} holds`)
    const line = describeEvent({ kind, run: 1, data: sample })
    return `### ${kind}\n\n${when} Data: ${data}.\n\n${codeBlock(line)}`
  })
  const shape = codeBlock(readDeclaration(source, 'FettleEvent'), 'ts')
  return page('Events', INTRODUCTION, shape, ACTORS, '## Kinds', ...sections)
}

/** The table in the comment above the kinds: `kind, kind   fields`, continued by deeper lines. */
export function readDataFields(source: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  const from = source.indexOf('What `data` holds')
  const lines = source.slice(from, source.indexOf('*/', from)).split('\n').slice(1)
  let kinds: readonly string[] = []
  for (const line of lines) {
    const entry = /^ \* {3}([a-z_]+(?:, [a-z_]+)*) {2,}(\S.*)$/.exec(line)
    const more = /^ \* {8,}(\S.*)$/.exec(line)?.[1]
    if (entry !== null) {
      kinds = (entry[1] ?? '').split(', ')
      for (const kind of kinds) fields.set(kind, entry[2] ?? '')
    } else if (more !== undefined) {
      for (const kind of kinds) fields.set(kind, `${fields.get(kind) ?? ''} ${more}`)
    }
  }
  return fields
}
