import { ERROR_CATALOGUE, isErrorCode, toExitCode, toHttpStatus } from '../../src/core/errors.ts'
import { ERROR_NOTES } from './error-notes.ts'
import { codeBlock, page, table } from './page.ts'

const INTRODUCTION = `From \`src/core/errors.ts\`. The list is closed; a code keeps its meaning for ever. A command that exits with 1 is an outcome of a job
and no error of fettle.

Each error has a code, a message that says what is and what was expected, a hint, and data. The code alone is meant for programs. The
command line writes it to stderr, with \`--json\` as one line; the API answers it with the HTTP status of its code:`

const EXAMPLE = `{"error":{"code":"job_not_found","message":"…","hint":"…","data":{}}}`

export function errorsPage(): string {
  const rows = Object.keys(ERROR_CATALOGUE)
    .filter(isErrorCode)
    .map((code) => {
      const kind = ERROR_CATALOGUE[code]
      const { means, helps } = ERROR_NOTES[code]
      return [`\`${code}\``, String(toExitCode(kind)), String(toHttpStatus(kind)), means, helps]
    })
  return page(
    'Errors',
    INTRODUCTION,
    codeBlock(EXAMPLE, 'json'),
    'Under `wait` and `run --wait` the exit code is 125, and 124 for `timed_out`. A path that the API does not have is 404, a wrong HTTP\n' +
      'method 405, a body that is too long 413, too many requests of one process 429.',
    table(['code', 'exit', 'HTTP', 'what it means', 'what helps'], rows),
  )
}
