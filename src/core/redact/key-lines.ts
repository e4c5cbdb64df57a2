/**
 * Which lines are of a private key, for whoever is given lines one after another: a line of a key's body says nothing
 * of itself.
 */
export interface KeyLines {
  /** Whether this line, the next one, is of a private key: its marks and all between. */
  isOfKey(line: string): boolean
}

/** Stands in the lines that begin and end one. */
export const KEY_MARK = 'PRIVATE KEY'
/** The longest keys have some hundred lines: what goes on longer has lost its end. */
const MAX_LINES = 1_000

export function createKeyLines(): KeyLines {
  let left = 0
  return {
    isOfKey(line) {
      const isMark = line.includes(KEY_MARK) && line.includes('-----')
      if (isMark && line.includes('-----BEGIN ')) {
        left = line.includes('-----END ') ? 0 : MAX_LINES
        return true
      }
      if (left === 0) return false
      left = isMark && line.includes('-----END ') ? 0 : left - 1
      return true
    },
  }
}
