import type { PtySize } from '../../core/run/spec.ts'
import { measureOutput } from '../../store/output/segments.ts'
import { addSize, sizeNow } from '../../store/screen/terminal-sizes.ts'
import type { RunGuard } from '../runs/run-guard.ts'

/**
 * Gives a run's terminal a size. It is written down first, with where the output had got to: whoever draws the screen
 * must know for which size the program printed what comes next.
 */
export async function resizeTerminal(guard: RunGuard, atFirst: PtySize | null, size: PtySize): Promise<void> {
  const { output, sizes } = guard.paths
  const before = atFirst === null ? null : sizeNow(sizes, atFirst)
  const add = ({ rows, cols }: PtySize): void => {
    addSize(sizes, { offset: measureOutput(output, 'out').bytes, rows, cols })
  }
  if (before !== null) add(size)
  try {
    await guard.link.request({ op: 'resize', ...size })
  } catch (error) {
    if (before !== null) add(before)
    throw error
  }
}
