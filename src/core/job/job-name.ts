import { FettleError } from '../errors.ts'

export const MAX_JOB_NAME_CHARS = 64

const SHAPE = /^[A-Za-z0-9._-]+$/
const EXPECTED = '1 to 64 of letters, digits, ".", "_" and "-"'

/** The name itself, or a `bad_value` that says which rule it breaks. */
export function parseJobName(name: string): string {
  const fault = findFault(name)
  if (fault === null) return name
  throw new FettleError('bad_value', `"${name}" is not a job name: ${fault}, expected ${EXPECTED}`, {
    data: { value: name },
  })
}

export function isJobName(value: unknown): value is string {
  return typeof value === 'string' && findFault(value) === null
}

function findFault(name: string): string | null {
  if (name === '') return 'it is empty'
  if (name.length > MAX_JOB_NAME_CHARS) return `it has ${name.length} characters`
  if (!SHAPE.test(name)) return 'it has other characters'
  // Such a name could not be told from an id or a flag where a selector is read.
  if (name.startsWith('proc_')) return 'it begins with "proc_", which ids do'
  if (name.startsWith('-')) return 'it begins with "-", which flags do'
  return null
}
