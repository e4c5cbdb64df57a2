import type { JobId } from './job.ts'

const SHAPE = /^proc_[0-9a-f]{12}$/
export const JOB_ID_BYTES = 6

export function isJobId(value: unknown): value is JobId {
  return typeof value === 'string' && SHAPE.test(value)
}

/** `proc_` + 12 lower-case hex digits of six random bytes, which the caller draws. */
export function formatJobId(bytes: Uint8Array): JobId {
  if (bytes.length !== JOB_ID_BYTES) {
    throw new RangeError(`A job id is made of ${JOB_ID_BYTES} bytes, got ${bytes.length}`)
  }
  return `proc_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
