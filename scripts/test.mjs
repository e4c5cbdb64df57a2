// npm test: everything, from a fresh clone. Ends with one line, `N passed, N failed`.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PASS_TIMEOUT_MINUTES, TEST_TIMEOUT_MS, build, lints, passes, types } from './passes.mjs'
import {
  closingLine,
  failedTests,
  failureOf,
  renderTable,
  renderUnsteady,
  rowOfPass,
  rowOfStep,
} from './results.mjs'
import { killGroups, runGroup } from './run-group.mjs'
import {
  callerUser,
  createBench,
  ensurePrograms,
  findStrays,
  isRoot,
  passEnvironment,
} from './test-machine.mjs'
import { ensureInstalled, root, toolPath } from './toolchain.mjs'

const isCi = process.env['CI'] === 'true'
const MINUTE_MS = 60_000
/** Processes a pass leaves behind get this long to end by themselves. */
const STRAY_GRACE_MS = 5_000
/** More failed tests than this are no matter of chance. */
const MAX_AGAIN = 2

/** @type {import('./results.mjs').Row[]} */
const rows = []

/** @param {{ name: string, note: string, fail?: number, skip?: number }} row */
const addRow = ({ name, note, fail = 0, skip = 0 }) =>
  rows.push({ name, note, fail, skip, pass: 0, seconds: 0 })

/** @param {import('./passes.mjs').Step} step */
async function runStep(step) {
  console.log(`\n=== ${step.name}: ${step.argv.join(' ')}`)
  const [tool, ...args] = step.argv
  const result = await runGroup(toolPath(tool), args, {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1' },
    timeoutMs: PASS_TIMEOUT_MINUTES * MINUTE_MS,
  })
  rows.push(rowOfStep(step.name, result))
  return failureOf(result) === undefined
}

/**
 * @param {string} path
 * @returns {boolean}
 */
function holdsTests(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return false
  if (stat.isFile()) return path.endsWith('.test.ts')
  return readdirSync(path).some((name) => holdsTests(join(path, name)))
}

/**
 * Ends what a pass has left running.
 * @param {import('./test-machine.mjs').Bench} bench
 * @param {number} graceMs
 * @returns {Promise<string[]>} the commands that had to be killed
 */
async function sweepStrays(bench, graceMs) {
  const deadlineMs = performance.now() + graceMs
  let strays = findStrays(bench)
  while (strays.length > 0 && performance.now() < deadlineMs) {
    await sleep(100)
    strays = findStrays(bench)
  }
  const killed = new Map(strays.map((stray) => [stray.pid, `${stray.pid} ${stray.command}`]))
  // again until none is left: a supervisor may answer a kill with a new process
  for (let round = 0; round < 50 && strays.length > 0; round++) {
    for (const { pid, command } of strays) {
      killed.set(pid, `${pid} ${command}`)
      try {
        process.kill(pid, 'SIGKILL')
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error // ended meanwhile
      }
    }
    await sleep(50)
    strays = findStrays(bench)
  }
  return [...killed.values()]
}

/**
 * @param {import('./passes.mjs').Pass} pass
 * @param {import('./test-machine.mjs').Bench} bench
 */
async function runPass(pass, bench) {
  const user = pass.user === 'root' ? callerUser() : bench.ordinary
  if (user === undefined) {
    addRow({ name: pass.name, fail: 1, note: 'the ordinary user cannot be made' })
    return
  }
  const wrapper = pass.wrapper ?? []
  console.log(`\n=== ${pass.name}: ${[...wrapper, 'bun test', ...pass.paths].join(' ')} as ${user.name}`)
  const timeoutMs = (pass.timeoutMinutes ?? PASS_TIMEOUT_MINUTES) * MINUTE_MS
  const bun = join(bench.clone, 'node_modules', 'bun', 'bin', 'bun.exe')
  // what wraps it needs root; the tests inside are the user's
  const drop = ['setpriv', '--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups']
  /** @param {string[]} paths */
  const run = (paths) => {
    const test = [bun, 'test', '--timeout', String(TEST_TIMEOUT_MS), ...paths]
    const [command = '', ...args] = wrapper.length === 0 ? test : [...wrapper, ...drop, ...test]
    return runGroup(command, args, {
      cwd: bench.clone,
      env: passEnvironment(bench, pass.name, user, pass.env ?? {}),
      timeoutMs,
      ...(isRoot && wrapper.length === 0 ? { user: { uid: user.uid, gid: user.gid } } : {}),
    })
  }
  const result = await run(pass.paths)
  const row = rowOfPass(pass.name, result)
  if (result.code === 1 && row.fail > 0 && row.fail <= MAX_AGAIN) {
    await runAgain(row, { failed: failedTests(result.output), run })
  }
  const left = await sweepStrays(bench, result.timedOut ? 0 : STRAY_GRACE_MS)
  if (left.length > 0) {
    console.log(`${pass.name} left processes running; they have been killed:\n  ${left.join('\n  ')}`)
    row.fail += 1
    row.note = [row.note, `left ${left.length} process(es) running`].filter(Boolean).join('; ')
  }
  rows.push(row)
}

/**
 * Hundreds of tests with real processes on a machine that others use too: one that fails for want of luck must not hide
 * that all others pass, nor be hidden itself. Its file is run again; what passes then is named as unsteady.
 * @param {import('./results.mjs').Row} row
 * @param {{ failed: Map<string, string[]>, run: (paths: string[]) => Promise<import('./run-group.mjs').GroupResult> }} options
 */
async function runAgain(row, { failed, run }) {
  const files = [...failed.keys()].map((file) => `./${file}`)
  const names = [...failed.values()].flat()
  if (names.length !== row.fail) return
  console.log(`\n--- again: ${files.join(' ')}`)
  const again = rowOfPass(row.name, await run(files))
  row.seconds += again.seconds
  if (again.fail > 0) return
  row.unsteady = names
  row.pass += names.length
  row.fail = 0
}

/**
 * Containers may refuse namespaces to root as well.
 * @param {import('./passes.mjs').Pass} pass
 * @param {import('./test-machine.mjs').Bench} bench
 */
function canWrap({ wrapper = [] }, bench) {
  const [command, ...args] = [...wrapper, 'true']
  return spawnSync(command, args, { cwd: bench.clone, stdio: 'ignore' }).status === 0
}

/** @param {import('./test-machine.mjs').Bench} bench */
async function runPasses(bench) {
  const built = rows.every((row) => row.name !== build.name || row.fail === 0)
  bench.refreshBinary()
  for (const pass of passes) {
    if ((pass.user === 'root' || pass.wrapper !== undefined) && !isRoot) {
      addRow({ name: pass.name, note: 'left out: not run as root' })
    } else if (!canWrap(pass, bench)) {
      addRow({ name: pass.name, note: `left out: ${pass.wrapper?.[0]} is refused here` })
    } else if (pass.mayBeEmpty === true && !pass.paths.some((path) => holdsTests(join(root, path)))) {
      addRow({ name: pass.name, note: 'left out: no test there yet' })
    } else if (pass.needsBinary === true && !built) {
      addRow({ name: pass.name, fail: 1, note: 'not run: the build failed' })
    } else {
      await runPass(pass, bench).catch((error) => {
        console.error(error)
        addRow({ name: pass.name, fail: 1, note: `not run: ${String(error)}` })
      })
    }
  }
}

async function main() {
  process.umask(0o022) // the ordinary user reads what is made here
  ensureInstalled()
  const missing = ensurePrograms()
  for (const program of missing) {
    addRow({
      name: `program ${program}`,
      fail: isCi ? 1 : 0,
      note: 'missing: tests that need it cannot pass',
    })
  }
  if (!isRoot) console.log('not root: every pass runs as this user, the pass as root is left out')
  for (const step of [types, ...lints, build]) await runStep(step)
  const bench = createBench()
  const stop = () => {
    killGroups()
    for (const { pid } of findStrays(bench)) if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL')
    bench.remove()
    process.exit(130)
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  try {
    await runPasses(bench)
  } finally {
    bench.remove()
  }
}

try {
  await main()
} catch (error) {
  console.error(error)
  addRow({ name: 'npm test itself', fail: 1, note: error instanceof Error ? error.message : String(error) })
}
const closing = closingLine(rows)
console.log(`\n${renderTable(rows)}\n${renderUnsteady(rows)}\n${closing.text}`)
process.exitCode = closing.failed > 0 ? 1 : 0
