import { RE2JS } from 're2js'
import { FettleError } from '../../core/errors.ts'
import { parsePattern, type Matcher } from '../../core/watch/pattern.ts'

export interface CompiledPatterns {
  readonly matchers: readonly Matcher[]
  /**
   * Bytes of which one must stand in plain text for any pattern to match, null when there are regular expressions: then
   * each line is looked at.
   */
  readonly needles: readonly Buffer[] | null
}

/** Linear time whatever the expression: a pattern from outside cannot hold the daemon up. Throws `bad_value`. */
export function compilePatterns(patterns: readonly string[]): CompiledPatterns {
  const needles: Buffer[] = []
  let areLiteral = true
  const matchers = patterns.map((text): Matcher => {
    const pattern = parsePattern(text)
    if (pattern.kind === 'literal') {
      needles.push(Buffer.from(pattern.text))
      return { text, matches: (line) => line.includes(pattern.text) }
    }
    areLiteral = false
    const regex = compileRegex(pattern)
    return { text, matches: (line) => regex.test(line) }
  })
  return { matchers, needles: areLiteral ? needles : null }
}

function compileRegex(pattern: {
  readonly text: string
  readonly source: string
  readonly flags: string
}): RE2JS {
  const has = (flag: string, value: number): number => (pattern.flags.includes(flag) ? value : 0)
  const flags = has('i', RE2JS.CASE_INSENSITIVE) | has('m', RE2JS.MULTILINE) | has('s', RE2JS.DOTALL)
  try {
    return RE2JS.compile(pattern.source, flags)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new FettleError(
      'bad_value',
      `"${pattern.text}" is not an expression of the linear-time engine: ${why}`,
      {
        hint: 'Look-around and back references are not there; everything of RE2 is.',
        data: { value: pattern.text },
      },
    )
  }
}
