import { z } from 'zod'
import type {
  AfterCondition,
  CallerTraits,
  Limits,
  PtySize,
  Readiness,
  RestartPolicy,
  RunSpec,
  StopSpec,
  WatchSpec,
} from '../../core/run/spec.ts'
import { DEFAULT_READINESS_TIMEOUT_MS } from './run-defaults.ts'

/** The parts of a run's spec as schemas; each `satisfies` the type that core declares, so they cannot drift. */
export const wholeMs = z.int().min(0)
const positive = z.int().min(1)

export const ptySizeSchema = z.strictObject({
  rows: z.int().min(1).max(65_535),
  cols: z.int().min(1).max(65_535),
}) satisfies z.ZodType<PtySize>

export const limitsSchema = z.strictObject({
  deadlineMs: positive.nullable(),
  deadlineWallMs: positive.nullable(),
  idleMs: positive.nullable(),
  memoryBytes: positive.nullable(),
  processes: positive.nullable(),
  openFiles: positive.nullable(),
  maxOutputBytes: positive,
  diskFull: z.enum(['drop', 'wait']),
}) satisfies z.ZodType<Limits>

/** `SIGTERM`; names only, since numbers differ between systems. */
export const signalName = z.string().regex(/^SIG[A-Z0-9+-]{2,12}$/, 'a signal is named like SIGTERM')

export const stopSchema = z.strictObject({
  graceMs: wholeMs.max(24 * 3_600_000),
  signal: signalName,
  keys: z.string().max(1000).nullable(),
}) satisfies z.ZodType<StopSpec>

export const restartSchema = z.strictObject({
  when: z.enum(['never', 'on-failure', 'always']),
  delayMs: wholeMs,
  maxDelayMs: wholeMs,
  budget: positive,
  windowMs: positive,
}) satisfies z.ZodType<RestartPolicy>

const timeoutMs = positive.default(DEFAULT_READINESS_TIMEOUT_MS)

export const readinessSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('output'), pattern: z.string().min(1).max(1000), timeoutMs }),
  z.strictObject({ kind: z.literal('port'), port: z.int().min(1).max(65_535), timeoutMs }),
  z.strictObject({ kind: z.literal('http'), url: z.url({ protocol: /^https?$/ }), timeoutMs }),
  z.strictObject({ kind: z.literal('file'), path: z.string().min(1), timeoutMs }),
  z.strictObject({ kind: z.literal('command'), argv: z.array(z.string()).min(1), timeoutMs }),
]) satisfies z.ZodType<Readiness>

export const afterSchema = z.strictObject({
  job: z.string().min(1),
  condition: z.enum(['ready', 'exited', 'ok']),
}) satisfies z.ZodType<AfterCondition>

export const watchSchema = z.strictObject({
  /** An empty pattern would match each line: it is refused. */
  patterns: z.array(z.string().min(1).max(1000)).max(50),
  cooldownMs: wholeMs,
  strikes: positive,
}) satisfies z.ZodType<WatchSpec>

export const callerTraitsSchema = z.strictObject({
  umask: z.int().min(0).max(0o777),
  nice: z.int().min(-20).max(19),
  openFiles: z.tuple([z.number(), z.number()]),
}) satisfies z.ZodType<CallerTraits>

export const runSpecSchema = z.object({
  format: z.literal(1),
  argv: z.array(z.string()),
  argvBytes: z.array(z.string()).nullable(),
  cwd: z.string(),
  stdin: z.enum(['none', 'pipe', 'pty']),
  pty: ptySizeSchema.nullable(),
  split: z.boolean(),
  envNames: z.array(z.string()),
  envFiles: z.array(z.string()),
  limits: limitsSchema,
  stop: stopSchema,
  leftovers: z.enum(['stop', 'keep', 'report']),
  restart: restartSchema,
  readiness: readinessSchema.nullable(),
  after: z.array(afterSchema),
  watch: watchSchema,
  notify: z.boolean(),
  caller: callerTraitsSchema,
}) satisfies z.ZodType<RunSpec>
