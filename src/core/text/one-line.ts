/** Longer parts of an error say no more. */
const MOST_CHARS = 2_000

// oxlint-disable-next-line no-control-regex -- these characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g

/**
 * Text that may quote anything, as one line of bounded length: control characters are written out, so that it moves no
 * cursor and looks like nothing else, and from the middle of a long one is cut, with a count.
 */
export function oneLine(text: string): string {
  const line = text.replaceAll(CONTROL, writeOut)
  if (line.length <= MOST_CHARS) return line
  const half = MOST_CHARS / 2
  return `${line.slice(0, half)} … ${line.length - MOST_CHARS} characters more … ${line.slice(-half)}`
}

function writeOut(char: string): string {
  if (char === '\n') return String.raw`\n`
  if (char === '\t') return String.raw`\t`
  if (char === '\r') return String.raw`\r`
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}
