import { expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeOutput } from '../../store/fixtures/output.ts'
import { runPaths } from '../../store/layout.ts'
import { readSavedScreen } from '../../store/screen/saved-screen.ts'
import { saveRest } from './save-screen.ts'

test('the rest is saved in steps; one that ends in the midst of a sequence is made up for by the next', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'fettle-save-'))
  try {
    const paths = runPaths(dir)
    mkdirSync(paths.output)
    // 16 bytes each: the first and the last step end within a sequence
    const frame = '\u001b[3;4Hx\u001b[31;1mab'
    const options = { paths, atFirst: { rows: 5, cols: 20 } }
    writeOutput(paths.output, [frame.repeat(100)])
    await saveRest(options, 507)
    expect(readSavedScreen(paths.screen)?.offset).toBe(1014)
    rmSync(dir, { recursive: true })
    await saveRest(options, 507)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})
