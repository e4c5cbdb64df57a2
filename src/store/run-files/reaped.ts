import type { Identity } from '../../core/identity/identity.ts'
import { createAtomic } from '../../platform/files/write-atomic.ts'
import type { Fields } from './fields.ts'
import { readIdentity } from './identity.ts'
import { parseRecord, readRecord, toRecordText, type RecordFormat } from './record.ts'

/** The exit status of a run's leader that the anchor reaped because the keeper was dead, for the next keeper. */
export const REAPED_FORMAT = 1

export interface Reaped {
  readonly format: typeof REAPED_FORMAT
  readonly hostId: string
  readonly leader: Identity
  /** Exit code, or null when a signal ended it. */
  readonly code: number | null
  readonly signal: string | null
  readonly coreDumped: boolean
  readonly cpuMs: number | null
  readonly maxRssBytes: number | null
  readonly reapedAtMs: number
}

const FORMAT: RecordFormat<Reaped> = { name: 'reaped.json', format: REAPED_FORMAT, read: readReapedFields }

export function parseReaped(text: string): Reaped {
  return parseRecord(text, FORMAT)
}

export function readReaped(path: string): Reaped | null {
  return readRecord(path, FORMAT)
}

/**
 * Written before the process is reaped, as a status can be had once only. Not synced: the rename is enough against
 * SIGKILL, and after a loss of power the run has ended by that. False when one was there already.
 */
export function writeReaped(path: string, reaped: Reaped): boolean {
  return createAtomic(path, toRecordText(reaped))
}

function readReapedFields(f: Fields): Reaped {
  return {
    format: REAPED_FORMAT,
    hostId: f.text('hostId'),
    leader: f.object('leader', readIdentity),
    code: f.orNull('code', (key) => f.number(key)),
    signal: f.orNull('signal', (key) => f.text(key)),
    coreDumped: f.flag('coreDumped'),
    cpuMs: f.orNull('cpuMs', (key) => f.number(key)),
    maxRssBytes: f.orNull('maxRssBytes', (key) => f.number(key)),
    reapedAtMs: f.number('reapedAtMs'),
  }
}
