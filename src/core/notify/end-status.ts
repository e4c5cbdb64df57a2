import type { Outcome } from '../run/outcome.ts'

export type EndFacts = Pick<Outcome, 'state' | 'code' | 'signal' | 'reason' | 'actor' | 'failure'>

/**
 * How a run ended, in the words that readers of the original system know. Only what fettle did itself is called
 * "terminated by": a signal from outside has a sender that nobody knows.
 */
export function describeStatus(end: EndFacts): string {
  if (end.state === 'failed_to_start') return `failed to start${failure(end)}`
  if (end.state === 'lost') {
    return end.reason === 'reboot'
      ? 'marked lost because the host was rebooted (exit code unknown)'
      : 'marked lost because the process backend disappeared (exit code unknown)'
  }
  const facts = statusFacts(end)
  const source = terminator(end)
  if (source !== null) return `terminated by ${source} (${facts})`
  if (end.reason === 'backend_lost') return `ended after its input or terminal was lost (${facts})`
  if (end.reason === 'oom') return `killed by the kernel, out of memory (${facts})`
  if (end.code === 0 && end.signal === null) return 'completed normally (exit code 0)'
  return end.signal === null ? `exited (${facts})` : `ended by a signal from outside (${facts})`
}

/** `exit code 143, SIGTERM`: shells report a signal of their child as 128 + its number. */
function statusFacts(end: EndFacts): string {
  if (end.signal !== null) return `signal ${end.signal}`
  if (end.code === null) return 'exit code unknown'
  return end.code === 143 ? 'exit code 143, SIGTERM' : `exit code ${end.code}`
}

function terminator(end: EndFacts): string | null {
  switch (end.reason) {
    case 'killed':
      return end.actor
    case 'superseded':
      return 'a newer start of the same name'
    case 'timed_out':
      return 'its deadline'
    case 'idle':
      return 'its idle limit'
    case 'memory':
      return 'its memory limit'
    case 'processes':
      return 'its limit of processes'
    default:
      return null
  }
}

function failure(end: EndFacts): string {
  return end.failure === null ? '' : ` (stage ${end.failure.stage}, ${end.failure.errno})`
}
