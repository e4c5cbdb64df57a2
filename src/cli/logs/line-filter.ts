import { requiredLiterals } from '../../core/watch/required-literals.ts'
import { parsePattern } from '../../core/watch/pattern.ts'
import { named } from '../read-value.ts'
import { FettleError } from '../../core/errors.ts'

/** Which lines are wanted. */
export interface LineFilter {
  readonly matches: (line: string) => boolean
  /** Texts of which one stands in each line that matches, null when none are known. */
  readonly needles: readonly string[] | null
}

/** Literal text, or `/regex/` by the linear-time engine, as in watch patterns. The engine is loaded for a regex only. */
export async function createLineFilter(text: string): Promise<LineFilter> {
  const pattern = named('--grep', () => parsePattern(text))
  if (pattern.kind === 'literal') {
    return { matches: (line) => line.includes(pattern.text), needles: [pattern.text] }
  }
  const { RE2JS } = await import('re2js')
  let flags = 0
  if (pattern.flags.includes('i')) flags |= RE2JS.CASE_INSENSITIVE
  if (pattern.flags.includes('s')) flags |= RE2JS.DOTALL
  if (pattern.flags.includes('m')) flags |= RE2JS.MULTILINE
  try {
    const compiled = RE2JS.compile(pattern.source, flags)
    const needles = requiredLiterals(pattern.source, pattern.flags)
    return { matches: (line) => compiled.test(line), needles }
  } catch (error) {
    throw new FettleError(
      'bad_value',
      `--grep: ${error instanceof Error ? error.message : 'not an expression'}`,
    )
  }
}
