import { constants } from 'node:os'
import type { Outcome } from '../../core/run/outcome.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import { signalNumber } from '../../core/parse/signal.ts'
import { OWN_FAILURE } from '../exit-code.ts'

/** The job's code, or 128 + signal, as a shell has it; of several jobs the first that is not 0. */
export function waitExitCode(ended: readonly JobView[]): number {
  return (
    ended
      .map((job) => (job.outcome === null ? OWN_FAILURE : toExitCode(job.outcome)))
      .find((code) => code !== 0) ?? 0
  )
}

function toExitCode(outcome: Outcome): number {
  if (outcome.state === 'failed_to_start') {
    // as a shell: 127 not found, 126 found and not executable
    const { stage = null, errno = null } = outcome.failure ?? {}
    if (stage === 'lookup' && errno === 'ENOENT') return 127
    return stage === 'exec' || (stage === 'lookup' && errno === 'EACCES') ? 126 : OWN_FAILURE
  }
  // what it was given or printed is missing in part: its 0 is about something else
  if (outcome.code === 0 && outcome.reason === 'backend_lost') return OWN_FAILURE
  if (outcome.code !== null) return outcome.code
  if (outcome.signal !== null) return 128 + (signalNumber(outcome.signal) ?? constants.signals.SIGKILL)
  // lost: nobody knows how it ended, and 0 would be a lie
  return OWN_FAILURE
}
