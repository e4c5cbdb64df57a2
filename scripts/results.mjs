// What a step or a pass came to, and how it is told.

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {number} pass
 * @property {number} fail
 * @property {number} skip
 * @property {number} seconds
 * @property {string} [note]  why it failed although no test did, or why it did not run
 * @property {string[]} [unsteady]  tests that failed and passed when their files were run again
 */

/**
 * @param {string} output  of `bun test`
 * @returns {{ pass: number, fail: number, skip: number } | undefined} undefined when there is no summary
 */
export function parseBunSummary(output) {
  const pass = lastCount(output, 'pass')
  const fail = lastCount(output, 'fail')
  if (pass === undefined || fail === undefined) return undefined
  return { pass, fail, skip: (lastCount(output, 'skip') ?? 0) + (lastCount(output, 'todo') ?? 0) }
}

/**
 * The failed tests of a pass by their files; the summary at the end of `bun test` names them again without.
 * @param {string} output  of `bun test`
 * @returns {Map<string, string[]>} file → names of its failed tests
 */
export function failedTests(output) {
  /** @type {Map<string, string[]>} */
  const failed = new Map()
  let file = ''
  for (const line of output.split('\n')) {
    const header = /^(\S+\.test\.ts):$/.exec(line)?.[1]
    if (header !== undefined) file = header
    if (/^\d+ tests? (?:failed|skipped):$/.test(line)) break
    const name = /^\(fail\) (.*?)(?: \[[\d.]+m?s\])?$/.exec(line)?.[1]
    if (name !== undefined) failed.set(file, [...(failed.get(file) ?? []), name])
  }
  return failed
}

/**
 * @param {string} output
 * @param {string} word
 */
function lastCount(output, word) {
  const found = [...output.matchAll(new RegExp(`^ *(\\d+) ${word}$`, 'gm'))].at(-1)?.[1]
  return found === undefined ? undefined : Number(found)
}

/**
 * @param {import('./run-group.mjs').GroupResult} result
 * @returns {string | undefined} why the command failed, or undefined
 */
export function failureOf(result) {
  if (result.timedOut) return 'ran out of time and was killed'
  if (result.signal !== null) return `died of ${result.signal}`
  if (result.code !== 0) return `exit code ${result.code}`
  return undefined
}

/**
 * @param {string} name
 * @param {import('./run-group.mjs').GroupResult} result
 * @returns {Row}
 */
export function rowOfStep(name, result) {
  const note = failureOf(result)
  const { seconds } = result
  if (note === undefined) return { name, pass: 0, fail: 0, skip: 0, seconds, note: 'ok' }
  return { name, pass: 0, fail: 1, skip: 0, seconds, note }
}

/**
 * @param {string} name
 * @param {import('./run-group.mjs').GroupResult} result
 * @returns {Row}
 */
export function rowOfPass(name, result) {
  const counts = parseBunSummary(result.output)
  const { seconds } = result
  let note = failureOf(result)
  if (counts === undefined) {
    return { name, pass: 0, fail: 1, skip: 0, seconds, note: `${note ?? 'ended well'}, no summary` }
  }
  if (counts.pass + counts.fail === 0) note ??= 'no test ran'
  // bun ends badly without a failed test when a file throws outside of one
  const fail = note === undefined ? counts.fail : Math.max(counts.fail, 1)
  if (counts.fail > 0 && result.code === 1) note = undefined
  return { name, ...counts, fail, seconds, ...(note === undefined ? {} : { note }) }
}

/** @param {Row[]} rows */
export function renderTable(rows) {
  const width = Math.max(4, ...rows.map((row) => row.name.length))
  const lines = rows.map(
    (row) =>
      `${row.name.padEnd(width)} ${String(row.pass).padStart(6)} ${String(row.fail).padStart(6)} ${String(row.skip).padStart(6)} ${row.seconds.toFixed(1).padStart(8)}  ${row.note ?? ''}`,
  )
  const head = `${'pass'.padEnd(width)} ${'passed'.padStart(6)} ${'failed'.padStart(6)} ${'left'.padStart(6)} ${'seconds'.padStart(8)}`
  return [head, ...lines].map((line) => line.trimEnd()).join('\n')
}

/**
 * What has to be looked into although it fails nothing.
 * @param {Row[]} rows
 */
export function renderUnsteady(rows) {
  const lines = rows.flatMap((row) => (row.unsteady ?? []).map((test) => `${row.name}: ${test}`))
  if (lines.length === 0) return ''
  return `\nUnsteady: failed once and passed when run again. Each is a fault, of the test or of fettle:\n  ${lines.join('\n  ')}\n`
}

/** @param {Row[]} rows */
export function closingLine(rows) {
  const passed = rows.reduce((sum, row) => sum + row.pass, 0)
  const failed = rows.reduce((sum, row) => sum + row.fail, 0)
  return { failed, text: `${passed} passed, ${failed} failed` }
}
