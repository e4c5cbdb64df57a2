// What can be known of a run's end in this pass, where features may be switched off.

import { expect } from 'bun:test'
import type { Outcome } from '../../src/core/run/outcome.ts'
import { isWithout } from './features.ts'

/** What proves that nothing is left of a run whose keeper was there from its start: the kernel's word, to a subreaper. */
export const PROVEN_EMPTY = isWithout('subreaper') ? 'listed' : 'empty'

/**
 * Of a run whose keeper was killed: the anchor waits for what it has inherited. Where orphans go to init instead, the
 * run is a stranger to whoever looks.
 */
export function expectOrphansEnd(outcome: Outcome, end: Partial<Outcome>): void {
  if (isWithout('subreaper')) expectStrangersEnd(outcome, end)
  else expect(outcome).toMatchObject({ state: 'exited', source: 'waited', ...end })
}

/**
 * Of a run that is nobody's child: learned from the kernel's record of its exit, from a zombie that nobody has reaped, or
 * by a keeper that was its parent and came first. Where the kernel keeps no record it may be lost, and is never some code.
 */
export function expectStrangersEnd(outcome: Outcome, end: Partial<Outcome>): void {
  if (outcome.state === 'lost' && isWithout('pidfd_info')) {
    expect(outcome).toMatchObject({ code: null, signal: null, source: 'lost' })
    return
  }
  expect(outcome).toMatchObject({ state: 'exited', ...end })
  expect(['pidfd', 'zombie', 'waited']).toContain(outcome.source)
}
