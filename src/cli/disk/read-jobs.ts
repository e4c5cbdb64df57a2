import { FettleError } from '../../core/errors.ts'
import { isJobId } from '../../core/job/job-id.ts'
import { resolveSelectors, resolveSingle } from '../../core/job/selector.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import type { Home } from '../../store/layout.ts'
import { listJobViews, readView } from '../../store/run-files/job-views.ts'

type Place = Pick<Home, 'state' | 'hostId'>

/** Null when there is no such job (any more). Throws `store_damaged` when its records cannot be read. */
export function readJobView(home: Place, id: string): JobView | null {
  const view = readView(home, id)
  if (view === null || !('why' in view)) return view
  throw new FettleError('store_damaged', `Job ${id} cannot be read: ${view.why}`, {
    hint: '"fettle doctor" looks at it; other jobs are not concerned',
    data: { path: view.path, why: view.why },
  })
}

/** The one job a selector means. A whole id reads one record instead of all. */
export function findJob(home: Place, selector: string, owner: string): JobView {
  if (isJobId(selector)) {
    const view = readJobView(home, selector)
    if (view !== null) return view
  }
  return resolveSingle(selector, { jobs: listJobViews(home).jobs, owner })
}

export function findJobs(home: Place, selectors: readonly string[], owner: string): JobView[] {
  if (selectors.every(isJobId)) {
    const found = selectors.map((id) => readJobView(home, id)).filter((view) => view !== null)
    if (found.length === selectors.length) return found
  }
  return resolveSelectors({ selectors, jobs: listJobViews(home).jobs, owner })
}
