import type { StopResult } from '../../protocol/api/answers.ts'
import { formatCounted } from '../../core/parse/count.ts'
import { endSentence } from '../render/job-state.ts'

/** What became of one job, with what proves it; null for a refusal, which is an error and told as one. */
export function describeStop(result: StopResult): string | null {
  const what = result.name ?? result.id ?? result.selector
  switch (result.result) {
    case 'stopped':
      return `${what}: stopped: ${howItEnded(result)}; ${proof(result)}${leftoversText(result)}`
    case 'already_finished': {
      const end = result.outcome === null ? result.why : endSentence(result.outcome)
      const off = result.calledOff ? '; its next start is called off' : ''
      return `${what}: had ended before: ${end}${off}${leftoversText(result)}`
    }
    case 'incomplete': {
      const left = result.survivors.map(({ pid, command, why }) => `  ${pid} ${command}: ${why}`)
      const count = formatCounted(result.survivors.length, 'process lives on', 'processes live on')
      return [`${what}: not all of it ended: ${left.length === 0 ? result.why : count}`, ...left].join('\n')
    }
    case 'refused':
      return null
  }
}

function howItEnded(result: StopResult): string {
  const { outcome } = result
  if (outcome === null) return 'before it had begun'
  if (outcome.signal !== null) return outcome.signal
  return outcome.code === null ? outcome.evidence : `ended itself with code ${outcome.code}`
}

function leftoversText({ endedLeftovers }: StopResult): string {
  if (endedLeftovers.length === 0) return ''
  const named = endedLeftovers.map(({ run, pid, command }) => `${pid} ${command} (of run ${run})`)
  const count = formatCounted(named.length, 'process it had left was', 'processes it had left were')
  return `; ${count} ended: ${named.join(', ')}`
}

function proof(result: StopResult): string {
  const { outcome } = result
  if (outcome === null) return 'nothing was started'
  const { proof: kind, stopped } = outcome.leftovers
  const others =
    stopped === 0
      ? ''
      : ` (${formatCounted(stopped, 'process it had left was ended', 'processes it had left were ended')})`
  if (kind === 'empty') return `nothing of it is left${others}`
  if (kind === 'listed') return `a listing finds nothing of it${others}`
  return 'what it leaves was to be kept'
}

/** 0 when everything named is over; the refusal's own code when nothing else happened; 8 for anything between. */
export function stopExitCode(
  results: readonly StopResult[],
  refusedCode: (result: StopResult) => number,
): number {
  const isOver = (result: StopResult): boolean =>
    result.result === 'stopped' || result.result === 'already_finished'
  if (results.every(isOver)) return 0
  const [first] = results
  if (first !== undefined && results.every((result) => result.result === 'refused')) return refusedCode(first)
  return 8
}
