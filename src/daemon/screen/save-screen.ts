import { RunScreen, type RunScreenOptions } from '../../store/screen/run-screen.ts'
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
