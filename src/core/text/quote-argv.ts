/**
 * argv as a person would type it into a POSIX shell. Elements that need no quotes have none; control characters are
 * written as `$'…'` so that the text is one line and moves no cursor.
 */
export function quoteArgv(argv: readonly string[]): string {
  return argv.map(quoteArgument).join(' ')
}

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/
// oxlint-disable-next-line no-control-regex -- these characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/
const NAMED: Readonly<Record<string, string>> = {
  '\n': String.raw`\n`,
  '\t': String.raw`\t`,
  '\r': String.raw`\r`,
  "'": String.raw`\'`,
  '\\': '\\\\',
}

export function quoteArgument(argument: string): string {
  if (PLAIN.test(argument)) return argument
  if (!CONTROL.test(argument)) return `'${argument.replaceAll("'", String.raw`'\''`)}'`
  let quoted = ''
  for (const char of argument) {
    const named = NAMED[char]
    if (named !== undefined) quoted += named
    else if (CONTROL.test(char)) quoted += escapeControl(char.charCodeAt(0))
    else quoted += char
  }
  return `$'${quoted}'`
}

function escapeControl(code: number): string {
  // A C1 character is two bytes in UTF-8: \x would write one.
  return code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}
