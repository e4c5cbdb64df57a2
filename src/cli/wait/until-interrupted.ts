import { INTERRUPTED } from '../exit-code.ts'

/**
 * Runs a wait that Ctrl-C ends: what is waited for goes on, and the caller is told so. Answers the exit code of the
 * interruption, or what the wait came to.
 */
export async function untilInterrupted(
  wait: () => Promise<number>,
  onInterrupt: () => void,
): Promise<number> {
  let interrupt: () => void = () => {}
  const interrupted = new Promise<number>((resolve) => {
    interrupt = () => {
      onInterrupt()
      resolve(INTERRUPTED)
    }
  })
  process.once('SIGINT', interrupt)
  try {
    return await Promise.race([wait(), interrupted])
  } finally {
    process.off('SIGINT', interrupt)
  }
}
