import {
  RUN_STATE_NAMES,
  STATE_FORMAT,
  type EndReason,
  type RunState,
  type StopIntent,
} from '../../core/run/state.ts'
import { writeAtomic } from '../../platform/files/write-atomic.ts'
import type { Fields } from './fields.ts'
import { readIdentity } from './identity.ts'
import { parseRecord, readRecord, toRecordText, type RecordFormat } from './record.ts'

const FORMAT: RecordFormat<RunState> = { name: 'state.json', format: STATE_FORMAT, read: readStateFields }

export const END_REASONS = [
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
] as const satisfies readonly EndReason[]

export function parseState(text: string): RunState {
  return parseRecord(text, FORMAT)
}

export function readState(path: string): RunState | null {
  return readRecord(path, FORMAT)
}

/**
 * Not synced: after a loss of power the run is gone whatever its state said, and the boot id tells so. Against
 * SIGKILL the rename is enough.
 */
export function writeState(path: string, state: RunState): void {
  writeAtomic(path, toRecordText(state))
}

function readStateFields(f: Fields): RunState {
  return {
    format: STATE_FORMAT,
    hostId: f.text('hostId'),
    bootId: f.text('bootId'),
    name: f.oneOf('name', RUN_STATE_NAMES),
    leader: f.orNull('leader', (key) => f.object(key, readIdentity)),
    tty: f.orNull('tty', (key) => f.text(key)),
    keeper: f.orNull('keeper', (key) => f.object(key, readIdentity)),
    keeperGeneration: f.count('keeperGeneration'),
    startedAtMs: f.number('startedAtMs'),
    startedMonoMs: f.number('startedMonoMs'),
    startedBootMs: f.orNull('startedBootMs', (key) => f.number(key)),
    intent: f.orNull('intent', (key) => f.object(key, readIntent)),
    amended: f.orNull('amended', (key) =>
      f.object(key, (amended) => ({
        deadlineMs: amended.orNull('deadlineMs', (name) => amended.number(name)),
        idleMs: amended.orNull('idleMs', (name) => amended.number(name)),
      })),
    ),
    cgroup: f.orNull('cgroup', (key) => f.text(key)),
    ...(f.orNull('inputDone', (key) => f.flag(key)) === true ? { inputDone: true } : {}),
    updatedAtMs: f.number('updatedAtMs'),
  }
}

function readIntent(f: Fields): StopIntent {
  const signal = f.orNull('signal', (key) => f.text(key))
  return {
    reason: f.oneOf('reason', END_REASONS),
    actor: f.text('actor'),
    graceMs: f.number('graceMs'),
    atMs: f.number('atMs'),
    monoMs: f.number('monoMs'),
    ...(signal === null ? {} : { signal }),
  }
}
