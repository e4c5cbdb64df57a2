import { z } from 'zod'
import * as answers from '../../src/protocol/api/answers.ts'
import * as jobSchemas from '../../src/protocol/api/job-schemas.ts'
import { ANSWER_SCHEMAS, BODY_SCHEMAS, QUERY_SCHEMAS } from '../../src/protocol/api/method-schemas.ts'
import { API_METHODS, isMethodName, type MethodName } from '../../src/protocol/api/methods.ts'
import * as queries from '../../src/protocol/api/queries.ts'
import * as requests from '../../src/protocol/api/requests.ts'
import * as runRequest from '../../src/protocol/api/run-request.ts'
import * as spec from '../../src/protocol/api/spec-schemas.ts'
import { page, table } from './page.ts'
import { readFieldNotes, readSource } from './source-text.ts'
import { isJson, typeText, type Json, type NamedShape } from './type-text.ts'

const INTRODUCTION = `From \`src/protocol/api/methods.ts\` and the schemas beside it. [openapi.json](openapi.json) says the same for programs, and so does
\`GET /v1/openapi.json\` of a running daemon.

The API is HTTP over the unix socket \`RUNTIME/daemon.sock\` (\`fettle paths\`). Nothing listens on a network. Bodies and answers are JSON;
bodies and queries are checked strictly, so a field that this daemon does not know is refused instead of doing nothing.

\`\`\`
curl --unix-socket "$(fettle paths --json | jq -r .daemonSocket)" http://fettle/v1/daemon
\`\`\`

An error is \`{"error": {code, message, hint, data}}\` with the status that [errors.md](errors.md) gives for its code. \`{job}\` is an id, the
beginning of an id, or a name.

Access says what a caller inside a run needs (see [security.md](security.md#callers-inside-a-run)): *open* nothing, *read* and *act* the
right to look at or change the job in question, *operate* is about the daemon itself. "Again" says whether a request may be sent a second
time without doing more than once.`

/** Files whose comments describe fields, and the module that exports their schemas. */
const MODULES: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['queries', queries],
  ['requests', requests],
  ['run-request', runRequest],
  ['answers', answers],
  ['job-schemas', jobSchemas],
]

const NOTES = new Map(
  MODULES.map(
    ([file, exports]) => [exports, readFieldNotes(readSource(`src/protocol/api/${file}.ts`))] as const,
  ),
)

const NAMED_SHAPES: readonly NamedShape[] = [
  answered('JobView', jobSchemas.jobViewSchema),
  answered('Outcome', jobSchemas.outcomeSchema),
  answered('FettleEvent', jobSchemas.eventSchema),
  answered('MemberInfo', jobSchemas.memberSchema),
  answered('ErrorBody', jobSchemas.errorBodySchema),
  asked('Limits', spec.limitsSchema.partial()),
  asked('StopSpec', spec.stopSchema.partial()),
  asked('RestartPolicy', spec.restartSchema.partial()),
  asked('WatchSpec', spec.watchSchema.partial()),
  { name: 'Readiness', schema: toJson(spec.readinessSchema, 'input') },
  { name: 'PtySize', schema: toJson(spec.ptySizeSchema, 'input') },
  { name: 'AfterCondition', schema: toJson(spec.afterSchema, 'input') },
  { name: 'CallerTraits', schema: toJson(spec.callerTraitsSchema, 'input') },
]

export function apiPage(): string {
  const methods = Object.keys(API_METHODS).filter(isMethodName)
  const overview = table(
    ['method', 'what it does', 'access', 'again'],
    methods.map((name) => {
      const { http, path, summary, access, idempotent } = API_METHODS[name]
      return [`[\`${http} ${path}\`](#${name.toLowerCase()})`, summary, access, idempotent ? 'yes' : 'no']
    }),
  )
  return page('API', INTRODUCTION, overview, STREAM, ...methods.map(section))
}

const STREAM = `\`GET /v1/events\` with \`Accept: text/event-stream\` goes on for as long as the connection does. Each message has the event's number as
\`id\`, its kind as \`event\` and the event as \`data\`; \`Last-Event-ID\` (or \`after\`) says where to go on.`

function section(name: MethodName): string {
  const { http, path, summary, since } = API_METHODS[name]
  const parts = [`## ${name}`, `\`${http} ${path}\`, since version ${since} of the API. ${summary}.`]
  const query = fieldTable(QUERY_SCHEMAS[name], 'input')
  if (query !== null) parts.push('Query:', query)
  const body = http === 'GET' ? null : fieldTable(BODY_SCHEMAS[name], 'input')
  if (body !== null) parts.push('Body:', body)
  const answer = fieldTable(ANSWER_SCHEMAS[name], 'output')
  parts.push(...(answer === null ? ['Answer: an object.'] : ['Answer:', answer]))
  return parts.join('\n\n')
}

function fieldTable(schema: z.ZodType, io: 'input' | 'output'): string | null {
  const json = toJson(schema, io)
  const { properties, required } = json
  if (!isJson(properties) || Object.keys(properties).length === 0) return null
  const needed: readonly unknown[] = Array.isArray(required) ? required : []
  const rows = Object.entries(properties).map(([field, type]) => {
    const note = noteOf(schema, field)
    const given = isJson(type) && type['default'] !== undefined ? JSON.stringify(type['default']) : null
    const name = `\`${field}\``
    const shown = typeText(type, NAMED_SHAPES)
    if (io === 'output') return [name, shown, note]
    return [name, shown, needed.includes(field) ? 'needed' : given === null ? '' : `\`${given}\``, note]
  })
  return table(io === 'output' ? ['field', 'type', ''] : ['field', 'type', 'default', ''], rows)
}

/** The comment above the field, in whichever module exports this very schema. */
function noteOf(schema: z.ZodType, field: string): string {
  for (const [exports, notes] of NOTES) {
    const name = Object.entries(exports).find(([, value]) => value === schema)?.[0]
    if (name !== undefined) return notes.get(`${name}.${field}`) ?? ''
  }
  return ''
}

function answered(name: string, schema: z.ZodType): NamedShape {
  return { name, schema: toJson(schema, 'output') }
}

function asked(name: string, schema: z.ZodType): NamedShape {
  return { name, schema: toJson(schema, 'input'), partial: true }
}

function toJson(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
