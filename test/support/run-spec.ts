import { SPEC_FORMAT, type Limits, type RunSpec, type StopSpec } from '../../src/core/run/spec.ts'

export type SpecChange = Partial<Omit<RunSpec, 'limits' | 'stop'>> & {
  readonly argv: readonly string[]
  readonly limits?: Partial<Limits>
  readonly stop?: Partial<StopSpec>
}

/** A plain run with what the test is about put in. A terminal brings its stdin along. */
export function makeSpec(change: SpecChange): RunSpec {
  const { limits, stop, ...others } = change
  return {
    format: SPEC_FORMAT,
    argvBytes: null,
    cwd: '/',
    stdin: change.pty === undefined || change.pty === null ? 'none' : 'pty',
    pty: null,
    split: false,
    envNames: [],
    envFiles: [],
    leftovers: 'stop',
    restart: { when: 'never', delayMs: 1_000, maxDelayMs: 60_000, budget: 5, windowMs: 60_000 },
    readiness: null,
    after: [],
    watch: { patterns: [], cooldownMs: 15_000, strikes: 3 },
    notify: false,
    caller: { umask: 0o022, nice: 0, openFiles: [1024, 4096] },
    ...others,
    limits: {
      deadlineMs: null,
      deadlineWallMs: null,
      idleMs: null,
      memoryBytes: null,
      processes: null,
      openFiles: null,
      maxOutputBytes: 2e9,
      diskFull: 'drop',
      ...limits,
    },
    stop: { graceMs: 2_000, signal: 'SIGTERM', keys: null, ...stop },
  }
}
