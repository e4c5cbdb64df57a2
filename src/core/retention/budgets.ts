/**
 * Which output goes when jobs of an owner, or of the host, hold more than their budget. What is over goes first, oldest
 * end first: finished jobs whole, earlier runs of jobs that live. Then living runs give up their oldest output, those
 * that hold most first, so that a quiet one does not pay for a loud one.
 */
export interface HeldOutput {
  readonly jobId: string
  readonly run: number
  readonly owner: string
  readonly bytes: number
  /** `living`: the run goes on. `earlier`: it has ended, its job goes on. `finished`: the job has ended. */
  readonly kind: 'living' | 'earlier' | 'finished'
  /** Null for a living run. */
  readonly endedAtMs: number | null
  /** Somebody still needs it: its end has not been told yet. */
  readonly isHeld: boolean
}

export type BudgetStep =
  | { readonly kind: 'expire'; readonly jobId: string; readonly run: number; readonly bytes: number }
  | { readonly kind: 'drop_run'; readonly jobId: string; readonly run: number; readonly bytes: number }
  | { readonly kind: 'trim'; readonly jobId: string; readonly run: number; readonly keepBytes: number }

export interface OutputBudgets {
  readonly ownerOutputBytes: number | null
  readonly hostOutputBytes: number | null
}

export function chooseBudgetSteps(held: readonly HeldOutput[], budgets: OutputBudgets): BudgetStep[] {
  const steps: BudgetStep[] = []
  let left = [...held]
  const keepWithin = (budget: number, isMeant: (one: HeldOutput) => boolean): void => {
    const result = keepTo(left, { budget, isMeant })
    steps.push(...result.steps)
    left = result.left
  }
  const { ownerOutputBytes, hostOutputBytes } = budgets
  if (ownerOutputBytes !== null) {
    for (const owner of new Set(held.map((one) => one.owner)))
      keepWithin(ownerOutputBytes, (one) => one.owner === owner)
  }
  if (hostOutputBytes !== null) keepWithin(hostOutputBytes, () => true)
  return newestOfEach(steps)
}

function keepTo(
  all: readonly HeldOutput[],
  { budget, isMeant }: { readonly budget: number; readonly isMeant: (one: HeldOutput) => boolean },
): { steps: BudgetStep[]; left: HeldOutput[] } {
  const steps: BudgetStep[] = []
  let left = [...all]
  let over = sumOf(left.filter(isMeant)) - budget
  if (over <= 0) return { steps, left }
  const ended = left.filter((one) => isMeant(one) && one.kind !== 'living' && one.bytes > 0 && !one.isHeld)
  for (const one of ended.sort((a, b) => (a.endedAtMs ?? 0) - (b.endedAtMs ?? 0))) {
    if (over <= 0) break
    const { jobId, run, bytes } = one
    steps.push({ kind: one.kind === 'finished' ? 'expire' : 'drop_run', jobId, run, bytes })
    left = left.filter((other) => other !== one)
    over -= bytes
  }
  const living = left.filter((one) => isMeant(one) && one.kind === 'living')
  for (const one of living.sort((a, b) => b.bytes - a.bytes)) {
    if (over <= 0) break
    const keepBytes = Math.max(0, one.bytes - over)
    steps.push({ kind: 'trim', jobId: one.jobId, run: one.run, keepBytes })
    left = left.map((other) => (other === one ? { ...one, bytes: keepBytes } : other))
    over -= one.bytes - keepBytes
  }
  return { steps, left }
}

/** A run that pays for its owner and then for the host is trimmed once, to the smaller size. */
function newestOfEach(steps: readonly BudgetStep[]): BudgetStep[] {
  return steps.filter(
    (step, at) => !steps.some((later, i) => i > at && later.jobId === step.jobId && later.run === step.run),
  )
}

function sumOf(held: readonly HeldOutput[]): number {
  return held.reduce((sum, { bytes }) => sum + bytes, 0)
}
