import { isUnwritable } from '../platform/files/errno.ts'
import type { DaemonLog } from './log.ts'

/**
 * A step of the daemon's start whose record a full disk may refuse: what lives must have its daemon all the same, so
 * that it can be stopped and room be made. What is not on record now is made up from the runs' files at the next start.
 */
export function despiteFullDisk(log: DaemonLog, what: string, step: () => void): void {
  try {
    step()
  } catch (error) {
    if (!isUnwritable(error)) throw error
    log.warn(`${what} could not be written`, { error })
  }
}
