/**
 * What a program has switched on in the viewer's terminal and not off again. It does not know that a viewer leaves,
 * so exactly that is undone; a mode that is off already must be let alone (to leave the alternate screen from the
 * ordinary one moves the cursor).
 */
export interface ModeTracker {
  /** Whole sequences only, as the query filter gives them. */
  see(bytes: Uint8Array): void
  /** Sequences that put the terminal back. */
  undo(): string
}

/** Alternate screens, application cursor keys, mouse, focus, bracketed paste, synchronised output. */
const UNDONE = new Set([
  '1',
  '9',
  '47',
  '1000',
  '1002',
  '1003',
  '1004',
  '1005',
  '1006',
  '1015',
  '1047',
  '1049',
  '2004',
  '2026',
])
// oxlint-disable-next-line no-control-regex -- these characters are what is looked for
const PRIVATE_MODE = /\u001b\[\?([\d;]+)([hl])|\u001b\[>\d*u|\u001b\[<\d*u|\u001b[=>]/g

export function createModeTracker(): ModeTracker {
  const on = new Set<string>()
  let cursorHidden = false
  let keypad = false
  let keyboardLevels = 0
  return {
    see(bytes) {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
      for (const [sequence, modes, set] of text.matchAll(PRIVATE_MODE)) {
        if (modes === undefined) {
          if (sequence === '\u001b=' || sequence === '\u001b>') keypad = sequence === '\u001b='
          else keyboardLevels = Math.max(0, keyboardLevels + (sequence.includes('>') ? 1 : -1))
          continue
        }
        for (const mode of modes.split(';')) {
          if (mode === '25') cursorHidden = set === 'l'
          else if (set === 'h' && UNDONE.has(mode)) on.add(mode)
          else on.delete(mode)
        }
      }
    },
    undo() {
      const parts = [...on].map((mode) => `\u001b[?${mode}l`)
      if (keyboardLevels > 0) parts.push(`\u001b[<${keyboardLevels}u`)
      if (keypad) parts.push('\u001b>')
      if (cursorHidden) parts.push('\u001b[?25h')
      return `\u001b[0m${parts.join('')}`
    },
  }
}
