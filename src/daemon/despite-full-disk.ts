import { isUnwritable } from '../platform/files/unwritable.ts'
import type { DaemonLog } from './log.ts'

/**
 * A step whose record a full disk may refuse: what lives must have its daemon all the same and be stopped when somebody
 * asks, so that room can be made. What is not on record now is made up from the runs' files at their end, or at the next
 * start.
 */
export function despiteFullDisk(log: DaemonLog, what: string, step: () => void): void {
  try {
    step()
  } catch (error) {
    if (!isUnwritable(error)) throw error
    log.warn(`${what} could not be written`, { error })
  }
}
