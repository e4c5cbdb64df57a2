// What a step or a pass came to, and how it is told.

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {number} pass
 * @property {number} fail
 * @property {number} skip
 * @property {number} seconds
 * @property {string} [note]  why it failed although no test did, or why it did not run
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

/** @param {Row[]} rows */
export function closingLine(rows) {
  const passed = rows.reduce((sum, row) => sum + row.pass, 0)
  const failed = rows.reduce((sum, row) => sum + row.fail, 0)
  return { failed, text: `${passed} passed, ${failed} failed` }
}
