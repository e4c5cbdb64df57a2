import { statSync, writeFileSync } from 'node:fs'
import { formatSize } from '../core/parse/size.ts'
import type { RunSpec } from '../core/run/spec.ts'
import type { RunState } from '../core/run/state.ts'
import type { Descriptors } from '../protocol/descriptors.ts'
import type { RunPaths } from '../store/layout.ts'

const BOTH_DEAD = 'Its anchor and its keeper were dead at the same time:'

/**
 * What ended with both hands of a run, as a sentence; null when nothing did. A FIFO is opened again by its name; a
 * terminal, and what had been given of the input, were known to those two only.
 */
export function lostWithHands(run: {
  readonly spec: RunSpec
  readonly record: { readonly state: RunState }
  readonly descriptors: Descriptors
  readonly paths: RunPaths
}): string | null {
  const { spec, record, descriptors, paths } = run
  if (spec.pty !== null && descriptors.master === undefined)
    return `${BOTH_DEAD} its terminal was hung up, and what passed through it then may be missing.`
  if (spec.stdin !== 'pipe' || descriptors.inputLog !== undefined || record.state.inputDone === true)
    return null
  const accepted = statSync(paths.inputLog, { throwIfNoEntry: false })?.size ?? 0
  const rest =
    accepted === 0 ? '' : `, and nobody knows how much arrived of the ${formatSize(accepted)} accepted for it`
  return `${BOTH_DEAD} its stdin was cut off${rest}.`
}

/** Nobody can give the run anything any more: who tries is to be told so. */
export function closeInputForGood(paths: RunPaths): void {
  writeFileSync(paths.inputClosed, '', { mode: 0o600 })
}
