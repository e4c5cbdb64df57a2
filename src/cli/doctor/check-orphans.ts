import { redactWords } from '../../core/redact/redact-text.ts'
import { statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { FettleError } from '../../core/errors.ts'
import type { Identity } from '../../core/identity/identity.ts'
import { signalNumber } from '../../core/parse/signal.ts'
import { bootId } from '../../platform/clock.ts'
import { signalIdentity } from '../../platform/linux/pidfd.ts'
import {
  holdsForWriting,
  isAlive,
  isOwnProgram,
  listProcesses,
  readCommandLine,
} from '../../platform/linux/processes.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import { runDir, runPaths } from '../../store/layout.ts'
import type { Home } from '../../store/layout.ts'
import { readLedger } from '../../store/run-files/ledger.ts'
import type { Finding } from './finding.ts'

interface Orphan {
  readonly identity: Identity
  readonly job: JobView
  readonly run: number
  /** What shows that it belongs to the run. */
  readonly evidence: string
}

/**
 * Processes of runs that have ended. Evidence only: the run's records name them with their start time, or they hold
 * the run's own output open. A name or an age is no evidence.
 */
export function checkOrphans(home: Pick<Home, 'state'>, jobs: readonly JobView[]): Finding[] {
  const orphans = findOrphans(home, jobs)
  if (orphans.length === 0)
    return [{ level: 'ok', check: 'orphans', text: 'no run that has ended has left a process' }]
  return orphans.map((orphan) => {
    const { pid } = orphan.identity
    const command = redactWords(readCommandLine(pid, '?'))
    const what = orphan.job.name ?? orphan.job.id
    const text = `${pid} ${command} is left of run ${orphan.run} of ${what}: ${orphan.evidence}`
    if (orphan.job.spec.leftovers === 'keep')
      return { level: 'note', check: 'orphans', text: `${text}; it was to be kept` }
    return {
      level: 'problem',
      check: 'orphans',
      text,
      repair: {
        plan: `end process ${pid} (${command})`,
        run: async () => await endProcess(orphan.identity),
      },
    }
  })
}

function findOrphans(home: Pick<Home, 'state'>, jobs: readonly JobView[]): Orphan[] {
  const boot = bootId()
  const found = new Map<number, Orphan>()
  const ended: { job: JobView; run: number; fifos: { dev: number; ino: number }[] }[] = []
  for (const job of jobs) {
    const { outcome } = job
    if (outcome === null || outcome.bootId !== boot) continue
    const run = job.run?.n ?? 1
    const paths = runPaths(runDir(home, job.id, run))
    const named = [
      ...outcome.leftovers.survivors.map((survivor) => ({ ...survivor, evidence: 'its outcome names it' })),
      ...(readLedger(paths.ledger)?.members ?? []).map((member) => ({
        ...member,
        evidence: "its guard's ledger names it",
      })),
    ]
    for (const { pid, startTicks, evidence } of named) {
      const identity = { bootId: boot, pid, startTicks }
      if (isAlive(identity)) found.set(pid, { identity, job, run, evidence })
    }
    const fifos = [paths.outFifo, paths.errFifo].flatMap(
      (path) => statSync(path, { throwIfNoEntry: false }) ?? [],
    )
    if (fifos.length > 0) ended.push({ job, run, fifos })
  }
  if (ended.length === 0) return [...found.values()]
  for (const stat of listProcesses()) {
    if (found.has(stat.pid) || isOwnProgram(stat.pid)) continue
    const run = ended.find(({ fifos }) => fifos.some((fifo) => holdsForWriting(stat.pid, fifo)))
    if (run === undefined) continue
    const identity = { bootId: boot, pid: stat.pid, startTicks: stat.startTicks }
    found.set(stat.pid, {
      identity,
      job: run.job,
      run: run.run,
      evidence: 'it holds the output of the run open',
    })
  }
  return [...found.values()]
}

const GRACE_MS = 2000

async function endProcess(identity: Identity): Promise<string> {
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    const result = signalIdentity(identity, signalNumber(signal) ?? 15)
    if (result === 'gone') return `${identity.pid} is gone`
    if (result !== 'sent') break
    const until = performance.now() + GRACE_MS
    while (performance.now() < until) {
      if (!isAlive(identity)) return `${identity.pid} ended by ${signal}`
      await sleep(20)
    }
  }
  throw new FettleError('could_not_verify', `Process ${identity.pid} could not be ended`)
}
