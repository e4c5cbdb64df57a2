import { parsePattern } from '../../core/watch/pattern.ts'
import { named } from '../read-value.ts'
import { FettleError } from '../../core/errors.ts'

/** Literal text, or `/regex/` by the linear-time engine, as in watch patterns. The engine is loaded for a regex only. */
export async function createLineFilter(text: string): Promise<(line: string) => boolean> {
  const pattern = named('--grep', () => parsePattern(text))
  if (pattern.kind === 'literal') return (line) => line.includes(pattern.text)
  const { RE2JS } = await import('re2js')
  let flags = 0
  if (pattern.flags.includes('i')) flags |= RE2JS.CASE_INSENSITIVE
  if (pattern.flags.includes('s')) flags |= RE2JS.DOTALL
  if (pattern.flags.includes('m')) flags |= RE2JS.MULTILINE
  try {
    const compiled = RE2JS.compile(pattern.source, flags)
    return (line) => compiled.matcher(line).find()
  } catch (error) {
    throw new FettleError(
      'bad_value',
      `--grep: ${error instanceof Error ? error.message : 'not an expression'}`,
    )
  }
}
