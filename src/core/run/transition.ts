import type { RunStateName } from './state.ts'
import { FINISHED_STATES } from './state.ts'

/**
 * What a run's states mean, and what moves it.
 *
 * `starting`: the spec is durable, nobody has said that the program runs. `running`: the first process (the leader)
 * has been spawned. `stopping`: the run is on its way to its end, because somebody asked, a limit was reached or the
 * leader ended and others of its processes are still there. `exited`, `failed_to_start`, `lost`: the end, for good.
 *
 * Three facts about an end are kept apart, since mixing them has misled every program of this kind:
 * - *the leader ended* (a wait status was read): the only source of a code or a signal;
 * - *the set is empty* (the kernel said ECHILD): the only proof that nothing of the run is left;
 * - *output ended*: says nothing about life, and is therefore not an event here. A program may close its output and
 *   work on for an hour, and a daemon it left behind may hold the pipe open for a day.
 *
 * A run is `exited` when its leader's status is known and its set is empty, or its spec lets leftovers live. It is
 * `lost` when nobody can know the status any more; a lost run is never rewritten into one with a code, not even
 * when a code turns up: what turns up is recorded beside it. `starting` passes to `stopping` when a stop is asked for
 * while the start is under way: the spawn may still succeed, and then its ladder begins at once; no process is
 * born after the answer "stopped".
 *
 * Every cell is filled in: the compiler refuses a new state or event until it has an answer everywhere. "Nothing
 * happens" is an answer, with the reason.
 */
export type RunEventKind =
  /** The leader exists. */
  | 'spawned'
  /** The start failed at some stage; no process of the run exists. */
  | 'start_failed'
  /** Somebody asked, or a limit was reached; the intent is recorded with it. */
  | 'stop_asked'
  /** A wait status of the leader was read. */
  | 'leader_ended'
  /** The kernel says that no process of the run is left. */
  | 'set_empty'
  /** The leader has ended and what is left may live on, by the spec, or could not be ended and is named. */
  | 'leftovers_accepted'
  /** The leader is gone and its status can no longer be known, a reboot included. */
  | 'status_unknown'
  /** A successor took the keeper's place. */
  | 'keeper_replaced'

export type RunEffect =
  /** Write the new state before acting on it. */
  | 'write_state'
  /** Climb the stop ladder from the recorded intent. */
  | 'begin_stop'
  /** The leader's end is known: see to what it left, by the spec. */
  | 'clear_leftovers'
  | 'write_outcome'
  /** Look at the world and go on from the recorded state. */
  | 'take_over'

/** Why an event moves nothing. */
export type Stay =
  /** The same was said before. */
  | 'repeated'
  /** The run has ended; the fact is recorded beside its outcome. */
  | 'finished'
  /** Cannot happen in this state by the kernel's rules; whoever says so is mistaken, and it is reported. */
  | 'impossible'

export type Cell =
  | { readonly kind: 'moved'; readonly next: RunStateName; readonly effects: readonly RunEffect[] }
  | { readonly kind: 'stayed'; readonly effects: readonly RunEffect[] }
  | { readonly kind: 'ignored'; readonly why: Stay }

const REPEATED: Cell = { kind: 'ignored', why: 'repeated' }
const FINISHED: Cell = { kind: 'ignored', why: 'finished' }
const IMPOSSIBLE: Cell = { kind: 'ignored', why: 'impossible' }
const TAKE_OVER: Cell = { kind: 'stayed', effects: ['take_over'] }

function moved(next: RunStateName, ...effects: readonly RunEffect[]): Cell {
  return { kind: 'moved', next, effects: ['write_state', ...effects] }
}

const ENDED: { readonly [E in RunEventKind]: Cell } = {
  spawned: FINISHED,
  start_failed: FINISHED,
  stop_asked: FINISHED,
  leader_ended: FINISHED,
  set_empty: FINISHED,
  leftovers_accepted: FINISHED,
  status_unknown: FINISHED,
  keeper_replaced: FINISHED,
}

const TABLE: { readonly [S in RunStateName]: { readonly [E in RunEventKind]: Cell } } = {
  starting: {
    spawned: moved('running'),
    start_failed: moved('failed_to_start', 'write_outcome'),
    stop_asked: moved('stopping'),
    // A keeper that died between spawn and its record leaves a leader that its successor sees only at its end.
    leader_ended: moved('stopping', 'clear_leftovers'),
    // Nothing has been spawned yet: an empty set is how every run begins.
    set_empty: IMPOSSIBLE,
    leftovers_accepted: IMPOSSIBLE,
    status_unknown: moved('lost', 'write_outcome'),
    keeper_replaced: TAKE_OVER,
  },
  running: {
    spawned: REPEATED,
    start_failed: IMPOSSIBLE,
    stop_asked: moved('stopping', 'begin_stop'),
    leader_ended: moved('stopping', 'clear_leftovers'),
    // The leader is of the set, so its end is read first.
    set_empty: IMPOSSIBLE,
    leftovers_accepted: IMPOSSIBLE,
    status_unknown: moved('lost', 'write_outcome'),
    keeper_replaced: TAKE_OVER,
  },
  stopping: {
    // The stop came while the start was under way.
    spawned: { kind: 'stayed', effects: ['write_state', 'begin_stop'] },
    start_failed: moved('failed_to_start', 'write_outcome'),
    // The first intent stands: a second one must not rewrite why the run ended, nor begin the grace anew.
    stop_asked: REPEATED,
    leader_ended: { kind: 'stayed', effects: ['write_state', 'clear_leftovers'] },
    set_empty: moved('exited', 'write_outcome'),
    leftovers_accepted: moved('exited', 'write_outcome'),
    status_unknown: moved('lost', 'write_outcome'),
    keeper_replaced: TAKE_OVER,
  },
  exited: ENDED,
  failed_to_start: ENDED,
  lost: ENDED,
}

export function transition(state: RunStateName, event: RunEventKind): Cell {
  return TABLE[state][event]
}

export function isFinished(state: RunStateName): boolean {
  return FINISHED_STATES.has(state)
}
