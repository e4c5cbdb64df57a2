import { FettleError } from '../core/errors.ts'
import { nearest } from './nearest.ts'

/** What a terminal sends for a key by name: `Enter`, `C-c`, `M-x`, `Up`, `F5`. Names as in tmux, where it has them. */
const NAMED: Readonly<Record<string, string>> = {
  Enter: '\r',
  Tab: '\t',
  BTab: '\u001b[Z',
  Escape: '\u001b',
  Space: ' ',
  BSpace: '\u007f',
  Delete: '\u001b[3~',
  Insert: '\u001b[2~',
  Home: '\u001b[H',
  End: '\u001b[F',
  PageUp: '\u001b[5~',
  PageDown: '\u001b[6~',
  Up: '\u001b[A',
  Down: '\u001b[B',
  Right: '\u001b[C',
  Left: '\u001b[D',
  F1: '\u001bOP',
  F2: '\u001bOQ',
  F3: '\u001bOR',
  F4: '\u001bOS',
  F5: '\u001b[15~',
  F6: '\u001b[17~',
  F7: '\u001b[18~',
  F8: '\u001b[19~',
  F9: '\u001b[20~',
  F10: '\u001b[21~',
  F11: '\u001b[23~',
  F12: '\u001b[24~',
}

const OTHER_NAMES: Readonly<Record<string, string>> = {
  return: 'Enter',
  esc: 'Escape',
  backspace: 'BSpace',
  del: 'Delete',
  ins: 'Insert',
  pgup: 'PageUp',
  pgdn: 'PageDown',
  pagedown: 'PageDown',
}

const BY_LOWER_NAME: ReadonlyMap<string, string> = new Map(
  Object.entries(NAMED).map(([name, bytes]) => [name.toLowerCase(), bytes]),
)

/** Sent otherwise to a program that has asked for application cursor keys, as most do that fill the screen. */
const CURSOR_KEYS: ReadonlySet<string> = new Set(['Home', 'End', 'Up', 'Down', 'Right', 'Left'])

/** `C-c,Up,Enter` → what a terminal would send for these keys, one after the other. */
export function toKeyBytes(list: string, { applicationCursor = false } = {}): string {
  return list
    .split(',')
    .map((name) => {
      const bytes = toOneKey(name.trim())
      return applicationCursor && isCursorKey(bytes) ? bytes.replace('[', 'O') : bytes
    })
    .join('')
}

/** Whether what is sent depends on the program's terminal. */
export function hasCursorKey(list: string): boolean {
  return list.split(',').some((name) => isCursorKey(toOneKey(name.trim())))
}

function isCursorKey(bytes: string): boolean {
  return [...CURSOR_KEYS].some((name) => NAMED[name] === bytes)
}

function toOneKey(name: string): string {
  const lower = name.toLowerCase()
  const plain = BY_LOWER_NAME.get((OTHER_NAMES[lower] ?? lower).toLowerCase())
  if (plain !== undefined) return plain
  const control = /^(?:c-|ctrl-|\^)(.+)$/i.exec(name)?.[1]
  if (control !== undefined) return toControl(name, control)
  const meta = /^(?:m-|alt-)(.+)$/i.exec(name)?.[1]
  if (meta !== undefined) return `\u001b${meta.length === 1 ? meta : toOneKey(meta)}`
  if (/^.$/u.test(name)) return name
  throw unknownKey(name)
}

function toControl(name: string, of: string): string {
  if (of === '?') return '\u007f'
  if (/^space$/i.test(of) || of === '@') return '\0'
  const code = of.toUpperCase().charCodeAt(0)
  if (of.length !== 1 || code < 0x40 || code > 0x5f) throw unknownKey(name)
  return String.fromCharCode(code - 0x40)
}

function unknownKey(name: string): FettleError {
  const near = nearest(name, Object.keys(NAMED))
  return new FettleError('bad_value', `"${name}" is not the name of a key`, {
    hint:
      near === null
        ? `Keys: C-c, M-x, ${Object.keys(NAMED).join(', ')}, or one character`
        : `Did you mean ${near}?`,
    data: { key: name },
  })
}
