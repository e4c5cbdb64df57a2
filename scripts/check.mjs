// npm run check: the inner loop. Types, lint, format, unused code and unit tests, in place, as the caller.

import { TEST_TIMEOUT_MS, lints, types, unit } from './passes.mjs'
import { failureOf, renderTable, rowOfPass, rowOfStep } from './results.mjs'
import { runGroup } from './run-group.mjs'
import { root, staleInstall, toolPath } from './toolchain.mjs'

const STEP_TIMEOUT_MS = 300_000

const stale = staleInstall()
if (stale !== undefined) console.log(`note: ${stale}; \`npm ci\` brings the pinned tools`)

/** @param {import('./passes.mjs').Step} step */
async function runStep(step) {
  const [tool, ...args] = step.argv
  const env = { ...process.env, NO_COLOR: '1' }
  const result = await runGroup(toolPath(tool), args, {
    cwd: root,
    env,
    timeoutMs: STEP_TIMEOUT_MS,
    quiet: true,
  })
  if (failureOf(result) !== undefined) process.stdout.write(`--- ${step.name}\n${result.output}\n`)
  return rowOfStep(step.name, result)
}

// types first: the type-aware lint reads what the compiler has found
const rows = [await runStep(types), ...(await Promise.all(lints.map(runStep)))]
const tests = await runGroup(toolPath('bun'), ['test', '--timeout', String(TEST_TIMEOUT_MS), ...unit.paths], {
  cwd: root,
  env: { ...process.env, NO_COLOR: '1' },
  timeoutMs: STEP_TIMEOUT_MS,
  quiet: true,
})
if (failureOf(tests) !== undefined) process.stdout.write(`--- unit\n${tests.output}\n`)
rows.push(rowOfPass('unit', tests))

console.log(renderTable(rows))
process.exitCode = rows.some((row) => row.fail > 0) ? 1 : 0
