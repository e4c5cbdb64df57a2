import type { Limits as LimitSpec } from '../core/run/spec.ts'
import type { AmendedLimits, EndReason, RunState } from '../core/run/state.ts'
import { monotonicMs } from '../platform/clock.ts'
import { BootTimer } from '../platform/linux/boot-timer.ts'
import type { PollLoop } from '../platform/linux/poll-loop.ts'
import type { ProcessStat } from '../platform/linux/processes.ts'
import { residentBytes } from './members.ts'

/** How often memory and number of processes are looked at while such a limit is set, ms. */
const LOOK_EACH_MS = 1_000

export interface LimitedRun {
  readonly loop: PollLoop
  readonly limits: LimitSpec
  state(): RunState
  amend(limits: AmendedLimits): void
  members(): ProcessStat[]
  breach(reason: EndReason, data: object): void
}

/** Deadline, idle limit, memory and number of processes: enforced by the keeper, with no daemon present. */
export class Limits {
  private readonly run: LimitedRun
  private readonly deadlineKey = {}
  private readonly idleKey = {}
  private readonly lookKey = {}
  private wall: BootTimer | null = null
  private lastOutputMs = 0
  private armed = false

  constructor(run: LimitedRun) {
    this.run = run
  }

  get current(): AmendedLimits {
    const { deadlineMs, idleMs } = this.run.limits
    return this.run.state().amended ?? { deadlineMs, idleMs }
  }

  arm(): void {
    this.armed = true
    this.lastOutputMs = monotonicMs()
    this.armDeadline()
    this.armWall()
    this.armIdle()
    const { memoryBytes, processes } = this.run.limits
    if (memoryBytes !== null || processes !== null) this.look()
  }

  disarm(): void {
    this.armed = false
    this.wall?.[Symbol.dispose]()
    this.wall = null
    for (const key of [this.deadlineKey, this.idleKey, this.lookKey]) this.run.loop.at(key, null, () => {})
  }

  /** Absent leaves a limit as it is, null takes it away. */
  amend(change: { readonly deadlineMs?: number | null; readonly idleMs?: number | null }): void {
    this.run.amend({ ...this.current, ...change })
    if (!this.armed) return
    this.armDeadline()
    this.armIdle()
  }

  onOutput(): void {
    this.lastOutputMs = monotonicMs()
  }

  private armDeadline(): void {
    const { deadlineMs } = this.current
    const atMs = deadlineMs === null ? null : this.run.state().startedMonoMs + deadlineMs
    this.run.loop.at(this.deadlineKey, atMs, () =>
      this.run.breach('timed_out', { limit: 'deadline', deadlineMs }),
    )
  }

  private armWall(): void {
    const { deadlineWallMs } = this.run.limits
    const { startedBootMs } = this.run.state()
    if (deadlineWallMs === null || typeof startedBootMs !== 'number') return
    this.wall = new BootTimer(this.run.loop, startedBootMs + deadlineWallMs, () =>
      this.run.breach('timed_out', { limit: 'deadline_wall', deadlineWallMs }),
    )
  }

  /** Not moved with each output, which would cost more than it is worth: looked at when it would have been due. */
  private armIdle(): void {
    const { idleMs } = this.current
    const atMs = idleMs === null ? null : this.lastOutputMs + idleMs
    this.run.loop.at(this.idleKey, atMs, () => {
      if (idleMs !== null && monotonicMs() >= this.lastOutputMs + idleMs) {
        this.run.breach('idle', { limit: 'idle', idleMs })
      } else this.armIdle()
    })
  }

  private look(): void {
    const { memoryBytes, processes } = this.run.limits
    const members = this.run.members()
    const resident = residentBytes(members)
    if (memoryBytes !== null && resident > memoryBytes) {
      this.run.breach('memory', { limit: 'memory', memoryBytes, residentBytes: resident })
    } else if (processes !== null && members.length > processes) {
      this.run.breach('processes', { limit: 'processes', processes, found: members.length })
    } else {
      this.run.loop.at(this.lookKey, monotonicMs() + LOOK_EACH_MS, () => this.look())
    }
  }
}
