import { isErrno } from '../../platform/files/errno.ts'
import { measureOutput } from '../../store/output/segments.ts'
import { RunScreen, type RunScreenOptions } from '../../store/screen/run-screen.ts'
import { readSavedScreen } from '../../store/screen/saved-screen.ts'
import { KeyedQueue } from '../jobs/keyed-queue.ts'

/** A screen costs 3 MB while it is drawn: one at a time is. */
const queue = new KeyedQueue()

/**
 * Draws a run's screen on from the state saved last and saves it again; false in the midst of a sequence. So the screen is
 * right whatever the cap has dropped since, and costs little when somebody looks.
 */
export async function saveScreen(options: RunScreenOptions, to: number): Promise<boolean> {
  return await queue.run('', async () => {
    using screen = await RunScreen.open(options)
    await screen.advance(to)
    return await screen.save()
  })
}

/**
 * What a flood has left undrawn at a run's end is drawn once, now, and not each time somebody looks. In steps: what cannot
 * be saved at one is at the next.
 */
export async function saveRest(options: RunScreenOptions, eachBytes: number): Promise<void> {
  const { screen, output } = options.paths
  const end = measureOutput(output, 'out').bytes
  const savedAt = readSavedScreen(screen)?.offset ?? 0
  for (let to = savedAt + eachBytes; to <= end; to += eachBytes) {
    try {
      await saveScreen(options, to)
    } catch (error) {
      // retention was quicker
      if (isErrno(error, 'ENOENT')) return
      throw error
    }
  }
}
