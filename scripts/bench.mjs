// npm run bench: from a fresh clone to docs/reference/benchmarks.md.

import { spawnSync } from 'node:child_process'
import { bunPath, ensureInstalled, root, staleBinary } from './toolchain.mjs'

try {
  ensureInstalled()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
if (staleBinary()) {
  const build = spawnSync(bunPath, ['scripts/build.ts'], { cwd: root, stdio: 'inherit' })
  if (build.status !== 0) process.exit(1)
}
// Ctrl-C reaches the whole foreground group: the benchmark cleans up, this script only waits
process.on('SIGINT', () => {})
const bench = spawnSync(bunPath, ['bench/main.ts', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' })
process.exitCode = bench.status ?? 1
