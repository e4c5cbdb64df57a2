import { watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import { errnoOf } from '../../platform/files/errno.ts'
import { isFeatureEnabled } from '../../platform/linux/features.ts'
import { runDir } from '../../store/layout.ts'
import type { Home } from '../../store/layout.ts'

export interface RunWatch extends Disposable {
  /** Resolves when a file of the run's folder changes; never, where the kernel cannot tell. */
  changed(): Promise<void>
}

/** A hint only: whoever waits looks from time to time as well (inotify instances are few, and may be used up). */
export function watchRun(home: Pick<Home, 'state'>, id: string, run: number): RunWatch {
  let wake: (() => void) | null = null
  let watcher: FSWatcher | null = null
  try {
    if (isFeatureEnabled('inotify')) watcher = watch(runDir(home, id, run), () => wake?.())
    watcher?.on('error', () => watcher?.close())
  } catch (error) {
    if (!isExpected(errnoOf(error))) throw error
  }
  return {
    changed: async () =>
      await new Promise<void>((resolve) => {
        wake = resolve
      }),
    [Symbol.dispose]: () => watcher?.close(),
  }
}

function isExpected(errno: string | null): boolean {
  return errno === 'ENOENT' || errno === 'EMFILE' || errno === 'ENOSPC' || errno === 'EACCES'
}
