import { z } from 'zod'
import { EVENT_KINDS } from '../../core/events/event.ts'
import { RUN_STATE_NAMES } from '../../core/run/state.ts'

/** Query strings: everything comes as text. `true`, `1` and the bare key switch on. */
const flag = z
  .enum(['', '1', 'true', '0', 'false'])
  .transform((text) => text === '' || text === '1' || text === 'true')
const whole = z
  .string()
  .regex(/^\d{1,15}$/, 'a whole number')
  .transform(Number)
const several = z.string().transform((text) => text.split(',').filter((part) => part !== ''))

export const noQuerySchema = z.strictObject({})

export const listJobsQuerySchema = z.strictObject({
  owner: z.string().optional(),
  task: z.string().optional(),
  name: z.string().optional(),
  /** Several with commas. */
  state: several.pipe(z.array(z.enum(['pending', ...RUN_STATE_NAMES]))).optional(),
  /** `key=value` or `key`, several with commas. */
  label: several.optional(),
})

export const jobQuerySchema = z.strictObject({
  /** Names are unique per owner: whose is meant when two have it. */
  owner: z.string().optional(),
  /** Who polls: an owner that saw the end this way is told it once more, outside its own turn. */
  consumer: z.string().optional(),
})

export const waitQuerySchema = z.strictObject({
  owner: z.string().optional(),
  timeoutMs: whole.optional(),
  /** The owner that receives the completion here and need not be told again by the drain. */
  consumer: z.string().optional(),
  /** `ready` answers at readiness or at the end, whichever is first. */
  until: z.enum(['ended', 'ready']).optional(),
})

export const logsQuerySchema = z.strictObject({
  owner: z.string().optional(),
  run: whole.optional(),
  stream: z.enum(['out', 'err']).optional(),
  from: whole.optional(),
  bytes: whole.optional(),
  /** Lines. */
  head: whole.optional(),
  tail: whole.optional(),
  /** Epoch ms. */
  since: whole.optional(),
  grep: z.string().max(1000).optional(),
  /** Take terminal control sequences out; on unless switched off. */
  strip: flag.optional(),
  /** Who reads: an owner that reads the log of its ended job has received the completion. */
  consumer: z.string().optional(),
})

export const eventsQuerySchema = z.strictObject({
  /** Events after this number. */
  after: whole.optional(),
  limit: whole.optional(),
  job: z.string().optional(),
  kind: several.pipe(z.array(z.enum(EVENT_KINDS))).optional(),
})

export const consumerEventsQuerySchema = z.strictObject({
  limit: whole.optional(),
  waitMs: whole.optional(),
})

export const notificationsQuerySchema = z.strictObject({
  owner: z.string().min(1),
  /** `json` gives notices, `model` gives bounded texts that mark output as untrusted data. */
  format: z.enum(['json', 'model']).optional(),
  /** Look without taking: nothing is marked as told. */
  peek: flag.optional(),
  /** The owner's own turn: completions it has already polled are held back, not taken. */
  ownTurn: flag.optional(),
  waitMs: whole.optional(),
})

export const delegationsQuerySchema = z.strictObject({ owner: z.string().optional() })
