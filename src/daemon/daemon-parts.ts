import type { FoundHome } from '../store/home.ts'
import type { Settings } from '../core/config/settings.ts'
import type { Delegations } from './delegations/delegations.ts'
import type { AnchorLink } from './engine/anchor-link.ts'
import type { EventHub } from './events/event-hub.ts'
import type { Callers } from './jobs/known-callers.ts'
import type { JobTable } from './jobs/job-table.ts'
import type { JobsService } from './jobs/jobs-service.ts'
import type { KeyedQueue } from './jobs/keyed-queue.ts'
import type { Lifecycle } from './jobs/lifecycle.ts'
import type { Pause } from './jobs/pause.ts'
import type { Stopper } from './jobs/stopper.ts'
import type { DaemonLog } from './log.ts'
import type { ExpiredIds } from './retention/expired-ids.ts'
import type { Inputs } from './runs/inputs.ts'
import type { Runs } from './runs/runs.ts'

/** Everything a handler may use. Made once, in `main.ts`. */
export interface DaemonParts {
  readonly home: FoundHome
  readonly config: Settings
  readonly log: DaemonLog
  readonly startedAtMs: number
  readonly hub: EventHub
  readonly jobs: JobTable
  readonly runs: Runs
  readonly anchor: AnchorLink
  readonly queue: KeyedQueue
  readonly lifecycle: Lifecycle
  readonly stopper: Stopper
  readonly service: JobsService
  readonly inputs: Inputs
  readonly callers: Callers
  readonly pause: Pause
  readonly delegations: Delegations
  readonly expired: ExpiredIds
  /** Ends this daemon; jobs, keepers and anchor stay. */
  readonly stop: () => void
}
