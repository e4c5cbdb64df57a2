// npm start: from a fresh clone to a running fettle.

import { spawn, spawnSync } from 'node:child_process'
import { constants } from 'node:os'
import { binaryPath, bunPath, ensureInstalled, root, staleBinary } from './toolchain.mjs'

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

const child = spawn(binaryPath, ['quickstart', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' })
// Ctrl-C reaches the whole foreground group: fettle decides what to do with it, this script only waits
process.on('SIGINT', () => {})
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('error', (error) => {
  console.error(`cannot start ${binaryPath}: ${error.message}`)
  process.exit(1)
})
child.on('exit', (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal]
})
