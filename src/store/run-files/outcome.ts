import { OUTCOME_FORMAT, type Leftovers, type Outcome, type StartFailure } from '../../core/run/outcome.ts'
import { createAtomic } from '../../platform/files/write-atomic.ts'
import type { Fields } from './fields.ts'
import { parseRecord, readRecord, toRecordText, type RecordFormat } from './record.ts'
import { END_REASONS } from './state.ts'

const FORMAT: RecordFormat<Outcome> = {
  name: 'outcome.json',
  format: OUTCOME_FORMAT,
  read: readOutcomeFields,
}

export function parseOutcome(text: string): Outcome {
  return parseRecord(text, FORMAT)
}

export function readOutcome(path: string): Outcome | null {
  return readRecord(path, FORMAT)
}

/**
 * Written once: when several hands learn of an end, the first one's outcome stands and the others get false. On the
 * medium before it returns.
 */
export function writeOutcome(path: string, outcome: Outcome): boolean {
  return createAtomic(path, toRecordText(outcome), { fsync: true })
}

function readOutcomeFields(f: Fields): Outcome {
  return {
    format: OUTCOME_FORMAT,
    hostId: f.text('hostId'),
    bootId: f.text('bootId'),
    state: f.oneOf('state', ['exited', 'failed_to_start', 'lost']),
    code: f.orNull('code', (key) => f.number(key)),
    signal: f.orNull('signal', (key) => f.text(key)),
    coreDumped: f.flag('coreDumped'),
    source: f.oneOf('source', ['waited', 'pidfd', 'zombie', 'lost']),
    reason: f.oneOf('reason', END_REASONS),
    actor: f.text('actor'),
    evidence: f.text('evidence'),
    startedAtMs: f.number('startedAtMs'),
    endedAtMs: f.number('endedAtMs'),
    cpuMs: f.orNull('cpuMs', (key) => f.number(key)),
    maxRssBytes: f.orNull('maxRssBytes', (key) => f.number(key)),
    failure: f.orNull('failure', (key) => f.object(key, readFailure)),
    leftovers: f.object('leftovers', readLeftovers),
  }
}

function readFailure(f: Fields): StartFailure {
  return {
    stage: f.oneOf('stage', ['cwd', 'lookup', 'exec', 'pty', 'limits', 'env']),
    errno: f.text('errno'),
    message: f.text('message'),
  }
}

function readLeftovers(f: Fields): Leftovers {
  return {
    proof: f.oneOf('proof', ['empty', 'listed', 'survivors']),
    stopped: f.count('stopped'),
    survivors: f.objects('survivors', (s) => ({
      pid: s.count('pid'),
      startTicks: s.count('startTicks'),
      command: s.text('command'),
      why: s.text('why'),
    })),
  }
}
