import { RE2JS } from 're2js'
import { FettleError } from '../../core/errors.ts'
import { requiredLiterals } from '../../core/watch/required-literals.ts'
import { parsePattern, type Matcher } from '../../core/watch/pattern.ts'

export interface CompiledPatterns {
  readonly matchers: readonly Matcher[]
  /**
   * Bytes of which one stands in each line that any pattern matches, null when no such bytes are known: then each line
   * is looked at.
   */
  readonly needles: readonly Buffer[] | null
}

/** A search goes over the output once for each of them. */
const MAX_NEEDLES = 64

/** Linear time whatever the expression: a pattern from outside cannot hold the daemon up. Throws `bad_value`. */
export function compilePatterns(patterns: readonly string[]): CompiledPatterns {
  const needles: string[] = []
  let areKnown = true
  const matchers = patterns.map((text): Matcher => {
    const pattern = parsePattern(text)
    if (pattern.kind === 'literal') {
      needles.push(pattern.text)
      return { text, matches: (line) => line.includes(pattern.text) }
    }
    const required = requiredLiterals(pattern.source, pattern.flags)
    if (required === null) areKnown = false
    else needles.push(...required)
    const regex = compileRegex(pattern)
    return { text, matches: (line) => regex.test(line) }
  })
  const isQuick = areKnown && needles.length <= MAX_NEEDLES
  return { matchers, needles: isQuick ? needles.map((text) => Buffer.from(text)) : null }
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
