/**
 * Line (from 1) where a table or a key of it stands in the text of a TOML file; null when it cannot be told, as for a
 * key with quotes or dots. Bun's parser tells no positions.
 */
export function findSettingLine(text: string, table: string, key: string | null): number | null {
  let current = ''
  for (const [index, line] of text.split('\n').entries()) {
    const header = /^\s*\[\s*([^\]\s]+)\s*\]/.exec(line)
    if (header !== null) {
      current = header[1] ?? ''
      if (key === null && current === table) return index + 1
      continue
    }
    const name = /^\s*([A-Za-z0-9_-]+)\s*=/.exec(line)?.[1]
    if (name === undefined) continue
    if (current === table && name === key) return index + 1
    // A key before any table, such as one that was meant to be in one.
    if (current === '' && key === null && name === table) return index + 1
  }
  return null
}

/**
 * Line of the first thing a parser stumbles over: what stands before it parses, with it nothing does. A value of
 * several lines that is not closed is told by its first line.
 */
export function findBrokenLine(text: string, parses: (text: string) => boolean): number {
  const lines = text.split('\n')
  for (let count = lines.length - 1; count > 0; count--) {
    if (parses(lines.slice(0, count).join('\n'))) return count + 1
  }
  return 1
}
