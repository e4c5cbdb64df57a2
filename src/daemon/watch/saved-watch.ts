import type { WatchState } from '../../core/watch/watch-state.ts'

/** What is kept beside a watch cursor. The limits are the spec's, and not kept. */
export interface SavedWatch {
  readonly format: 1
  readonly watch: Omit<WatchState, 'limits'>
  readonly toldPartial: number | null
}

/** Null for one of another format: then the count begins anew, from the cursor on. */
export function readSavedWatch(
  state: Readonly<Record<string, unknown>>,
  fresh: WatchState,
): { readonly watch: WatchState; readonly toldPartial: number | null } | null {
  const { format, watch, toldPartial } = state
  if (format !== 1 || typeof watch !== 'object' || watch === null) return null
  const number = (name: keyof WatchState): number | null => {
    const value: unknown = Reflect.get(watch, name)
    return typeof value === 'number' ? value : null
  }
  return {
    watch: {
      limits: fresh.limits,
      deliveredAtMs: number('deliveredAtMs'),
      isStruck: Reflect.get(watch, 'isStruck') === true,
      strikes: number('strikes') ?? 0,
      suppressedLines: number('suppressedLines') ?? 0,
      deliveries: number('deliveries') ?? 0,
      disabled: Reflect.get(watch, 'disabled') === true,
    },
    toldPartial: typeof toldPartial === 'number' ? toldPartial : null,
  }
}
