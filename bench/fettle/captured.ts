import { readdirSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes of the output that have come to rest in segments. 0 before there is any. */
export function capturedBytes(outputDir: string): number {
  return segments(outputDir).reduce(
    (sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0),
    0,
  )
}

/** Takes an ended run's output away, so that the next one does not have to share the disk with it. */
export function removeCaptured(outputDir: string): void {
  for (const path of segments(outputDir)) unlinkSync(path)
}

function segments(outputDir: string): string[] {
  try {
    return readdirSync(outputDir)
      .filter((name) => name.endsWith('.seg'))
      .map((name) => join(outputDir, name))
  } catch {
    return [] // not made yet
  }
}
