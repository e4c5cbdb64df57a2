import { z } from 'zod'
import type { FettleEvent } from '../../core/events/event.ts'
import { EVENT_KINDS } from '../../core/events/event.ts'
import { ERROR_CATALOGUE } from '../../core/errors.ts'
import type { ErrorBody, ErrorCode } from '../../core/errors.ts'
import type { Outcome } from '../../core/run/outcome.ts'
import { RUN_STATE_NAMES } from '../../core/run/state.ts'
import type { MemberInfo } from '../keeper.ts'
import type { JobView } from './job-view.ts'
import { runSpecSchema } from './spec-schemas.ts'

/** Schemas of what is answered. They describe (OpenAPI, tests); the daemon does not check its own answers with them. */
export const survivorsSchema = z.array(
  z.object({ pid: z.int(), startTicks: z.number(), command: z.string(), why: z.string() }),
)

export const outcomeSchema: z.ZodType<Outcome> = z.object({
  format: z.literal(1),
  hostId: z.string(),
  bootId: z.string(),
  state: z.enum(['exited', 'failed_to_start', 'lost']),
  code: z.int().nullable(),
  signal: z.string().nullable(),
  coreDumped: z.boolean(),
  source: z.enum(['waited', 'pidfd', 'zombie', 'lost']),
  reason: z.enum([
    'exit',
    'signal',
    'killed',
    'timed_out',
    'idle',
    'memory',
    'processes',
    'oom',
    'superseded',
    'reboot',
    'backend_lost',
    'start',
  ]),
  actor: z.string(),
  evidence: z.string(),
  startedAtMs: z.number(),
  endedAtMs: z.number(),
  cpuMs: z.number().nullable(),
  maxRssBytes: z.number().nullable(),
  failure: z
    .object({
      stage: z.enum(['cwd', 'lookup', 'exec', 'pty', 'limits', 'env']),
      errno: z.string(),
      message: z.string(),
    })
    .nullable(),
  leftovers: z.object({
    proof: z.enum(['empty', 'listed', 'survivors']),
    stopped: z.int(),
    survivors: survivorsSchema,
  }),
})

export const jobViewSchema: z.ZodType<JobView> = z.object({
  format: z.literal(1),
  hostId: z.string(),
  id: z.string(),
  name: z.string().nullable(),
  owner: z.string(),
  task: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
  state: z.enum(['pending', ...RUN_STATE_NAMES]),
  desired: z.enum(['running', 'stopped']),
  run: z
    .object({
      n: z.int(),
      pid: z.int().nullable(),
      startTicks: z.number().nullable(),
      startedAtMs: z.number(),
      keeperGeneration: z.int(),
      amended: z.object({ deadlineMs: z.number().nullable(), idleMs: z.number().nullable() }).nullable(),
    })
    .nullable(),
  outcome: outcomeSchema.nullable(),
  spec: runSpecSchema,
  restart: z.object({
    startsMs: z.array(z.number()),
    crashLoop: z.boolean(),
    nextStartMs: z.number().nullable(),
  }),
  createdAtMs: z.number(),
  output: z.object({ bytes: z.int(), droppedBytes: z.int() }),
})

export const eventSchema: z.ZodType<FettleEvent> = z.object({
  seq: z.int(),
  atMs: z.number(),
  kind: z.enum(EVENT_KINDS),
  jobId: z.string().nullable(),
  run: z.int().nullable(),
  actor: z.string(),
  causeSeq: z.int().nullable(),
  data: z.record(z.string(), z.unknown()),
})

export const memberSchema: z.ZodType<MemberInfo> = z.object({
  pid: z.int(),
  ppid: z.int(),
  startTicks: z.number(),
  state: z.string(),
  command: z.string(),
  rssBytes: z.number(),
  cpuMs: z.number(),
})

const codeSchema = z.custom<ErrorCode>(
  (value) => typeof value === 'string' && Object.hasOwn(ERROR_CATALOGUE, value),
)

export const errorBodySchema: z.ZodType<ErrorBody> = z.object({
  // The catalogue is the list; JSON Schema gets it as an enum.
  code: codeSchema.meta({ type: 'string', enum: Object.keys(ERROR_CATALOGUE) }),
  message: z.string(),
  hint: z.string(),
  data: z.record(z.string(), z.unknown()),
})
