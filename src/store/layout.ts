import { join } from 'node:path'

/**
 * Where things lie on disk. State is per host id; the runtime folder holds sockets only and follows from the state
 * folder's identity, so that any two calls with one state folder meet.
 *
 *   STATE/lock/{daemon,anchor}.lock    kernel locks (flock)
 *   STATE/jobs/ID/job.json             what somebody asked for
 *   STATE/jobs/ID/runs/N/              one folder per run, see RunPaths
 *   STATE/fettle.db                    events, consumers, deliveries
 *   STATE/events.json                  how far numbers of events have been given out
 *   STATE/views.json                   what the newest listing of jobs said, for quick readers; may be missing
 *   STATE/mark                         drawn once: tells this state folder from an earlier one of the same inode
 *   STATE/runtime.json                 which RUNTIME folder all callers use
 *   STATE/log/daemon.log               the daemon's own log, rotated
 *   STATE/paused.json                  present while starts and restarts are held
 *   RUNTIME/daemon.sock, anchor.sock, k/ID.N.sock
 */
export interface Home {
  readonly config: string
  readonly state: string
  readonly runtime: string
  readonly hostId: string
}

export interface RunPaths {
  readonly dir: string
  readonly spec: string
  readonly state: string
  readonly outcome: string
  /** FIFO of stdout (and stderr unless split). Its inode is also the run's mark on its processes. */
  readonly outFifo: string
  readonly errFifo: string
  readonly inFifo: string
  /** Everything accepted for the run's stdin, in order. */
  readonly inputLog: string
  /** Journal of accepted inputs: one JSON line `{client, seq, from, to}` each. */
  readonly inputJournal: string
  /** Present once stdin was closed; a hand that comes later does not reopen it. */
  readonly inputClosed: string
  /** Exit status that the anchor reaped for a dead keeper. */
  readonly reaped: string
  /** Processes of the run that its keeper has seen, JSON. */
  readonly ledger: string
  /** What the keeper had to tell beside state and outcome, JSON lines. */
  readonly facts: string
  readonly output: string
  /** The terminal as it was after some of the output, so that a screen need not be drawn from the first byte. */
  readonly screen: string
  /** Journal of the terminal's sizes after the first. */
  readonly sizes: string
}

export function jobDir(home: Pick<Home, 'state'>, id: string): string {
  return join(home.state, 'jobs', id)
}

export function jobFile(home: Pick<Home, 'state'>, id: string): string {
  return join(home.state, 'jobs', id, 'job.json')
}

export function runDir(home: Pick<Home, 'state'>, id: string, run: number): string {
  return join(home.state, 'jobs', id, 'runs', String(run))
}

export function runPaths(dir: string): RunPaths {
  return {
    dir,
    spec: join(dir, 'spec.json'),
    state: join(dir, 'state.json'),
    outcome: join(dir, 'outcome.json'),
    outFifo: join(dir, 'out.fifo'),
    errFifo: join(dir, 'err.fifo'),
    inFifo: join(dir, 'in.fifo'),
    inputLog: join(dir, 'input.log'),
    inputJournal: join(dir, 'input.idx'),
    inputClosed: join(dir, 'input.closed'),
    reaped: join(dir, 'reaped.json'),
    ledger: join(dir, 'ledger.json'),
    facts: join(dir, 'facts.jsonl'),
    output: join(dir, 'output'),
    screen: join(dir, 'screen.json'),
    sizes: join(dir, 'sizes.jsonl'),
  }
}

export function keeperSocket(home: Pick<Home, 'runtime'>, id: string, run: number): string {
  return join(home.runtime, 'k', `${id}.${run}.sock`)
}

export function daemonSocket(home: Pick<Home, 'runtime'>): string {
  return join(home.runtime, 'daemon.sock')
}

export function anchorSocket(home: Pick<Home, 'runtime'>): string {
  return join(home.runtime, 'anchor.sock')
}

export function viewCacheFile(home: Pick<Home, 'state'>): string {
  return join(home.state, 'views.json')
}

export function eventsDatabase(home: Pick<Home, 'state'>): string {
  return join(home.state, 'fettle.db')
}

export function eventsHighWater(home: Pick<Home, 'state'>): string {
  return join(home.state, 'events.json')
}

export type StreamName = 'out' | 'err'

/** A segment's name states the offset of its first byte: a hole between two segments is what was dropped. */
export function segmentName(stream: StreamName, from: number): string {
  return `${stream}-${String(from).padStart(16, '0')}.seg`
}

/** Arrival times: 16-byte little-endian records `[u64 offset after the bytes][f64 epoch ms]`, appended after the bytes. */
export function indexName(stream: StreamName): string {
  return `${stream}.idx`
}
