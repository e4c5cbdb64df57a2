import {
  SPEC_FORMAT,
  type CallerTraits,
  type Limits,
  type Readiness,
  type RestartPolicy,
  type RunSpec,
  type StopSpec,
  type WatchSpec,
} from '../../core/run/spec.ts'
import { writeAtomic } from '../../platform/files/write-atomic.ts'
import { damaged, type Fields } from './fields.ts'
import { parseRecord, readRecord, toRecordText, type RecordFormat } from './record.ts'

const FORMAT: RecordFormat<RunSpec> = { name: 'spec.json', format: SPEC_FORMAT, read: readSpecFields }

export function parseSpec(text: string): RunSpec {
  return parseRecord(text, FORMAT)
}

export function readSpec(path: string): RunSpec | null {
  return readRecord(path, FORMAT)
}

/** Whole against SIGKILL; whoever answers for the run brings it to the medium (`syncPaths`) before that. */
export function writeSpec(path: string, spec: RunSpec): void {
  writeAtomic(path, toRecordText(spec))
}

export function readSpecFields(f: Fields): RunSpec {
  return {
    format: SPEC_FORMAT,
    argv: f.texts('argv'),
    argvBytes: f.orNull('argvBytes', (key) => f.texts(key)),
    cwd: f.text('cwd'),
    stdin: f.oneOf('stdin', ['none', 'pipe', 'pty']),
    pty: f.orNull('pty', (key) => f.object(key, (p) => ({ rows: p.count('rows'), cols: p.count('cols') }))),
    split: f.flag('split'),
    envNames: f.texts('envNames'),
    envFiles: f.orNull('envFiles', (key) => f.texts(key)) ?? [],
    limits: f.object('limits', readLimits),
    stop: f.object('stop', readStop),
    leftovers: f.oneOf('leftovers', ['stop', 'keep', 'report']),
    restart: f.object('restart', readRestart),
    readiness: f.orNull('readiness', (key) => f.object(key, readReadiness)),
    after: f.objects('after', (a) => ({
      job: a.text('job'),
      condition: a.oneOf('condition', ['ready', 'exited', 'ok']),
    })),
    watch: f.object('watch', readWatch),
    notify: f.flag('notify'),
    caller: f.object('caller', readCaller),
  }
}

function readLimits(f: Fields): Limits {
  return {
    deadlineMs: f.orNull('deadlineMs', (key) => f.number(key)),
    deadlineWallMs: f.orNull('deadlineWallMs', (key) => f.number(key)),
    idleMs: f.orNull('idleMs', (key) => f.number(key)),
    memoryBytes: f.orNull('memoryBytes', (key) => f.number(key)),
    processes: f.orNull('processes', (key) => f.count(key)),
    openFiles: f.orNull('openFiles', (key) => f.count(key)),
    maxOutputBytes: f.number('maxOutputBytes'),
    diskFull: f.oneOf('diskFull', ['drop', 'wait']),
  }
}

function readStop(f: Fields): StopSpec {
  return {
    graceMs: f.number('graceMs'),
    signal: f.text('signal'),
    keys: f.orNull('keys', (key) => f.text(key)),
  }
}

function readRestart(f: Fields): RestartPolicy {
  return {
    when: f.oneOf('when', ['never', 'on-failure', 'always']),
    delayMs: f.number('delayMs'),
    maxDelayMs: f.number('maxDelayMs'),
    budget: f.number('budget'),
    windowMs: f.number('windowMs'),
  }
}

function readReadiness(f: Fields): Readiness {
  const kind = f.oneOf('kind', ['output', 'port', 'http', 'file', 'command'])
  const timeoutMs = f.number('timeoutMs')
  switch (kind) {
    case 'output':
      return { kind, pattern: f.text('pattern'), timeoutMs }
    case 'port':
      return { kind, port: f.count('port'), timeoutMs }
    case 'http':
      return { kind, url: f.text('url'), timeoutMs }
    case 'file':
      return { kind, path: f.text('path'), timeoutMs }
    case 'command':
      return { kind, argv: f.texts('argv'), timeoutMs }
  }
}

function readWatch(f: Fields): WatchSpec {
  return { patterns: f.texts('patterns'), cooldownMs: f.number('cooldownMs'), strikes: f.number('strikes') }
}

function readCaller(f: Fields): CallerTraits {
  const [soft, hard] = f.numbers('openFiles')
  if (soft === undefined || hard === undefined)
    throw damaged('spec.json.caller.openFiles has not two numbers')
  return { umask: f.count('umask'), nice: f.number('nice'), openFiles: [soft, hard] }
}
