/**
 * Chunks of text to whole lines, with bounded memory.
 *
 * `\n` and `\r\n` end a line. A bare `\r` goes back to the start of the line, as a progress bar does: the line is
 * then what was written after the last one (a `\r` right before the end leaves what stood before it). A line longer
 * than the bound is cut, and how much was cut is stated with it.
 */
export interface Line {
  readonly text: string
  /** Characters that were left out at the end of this line. */
  readonly cutChars: number
}

export interface LineSplitter {
  /** The lines that this chunk finished. */
  push(chunk: string): Line[]
  /** The last line, not finished yet; null when nothing stands there. Reading it changes nothing. */
  pending(): Line | null
  /** The unfinished last line as if it had ended, and starts over. */
  end(): Line | null
}

export interface LineSplitterOptions {
  readonly maxLineChars?: number
}

export const DEFAULT_MAX_LINE_CHARS = 65_536

export function createLineSplitter(options: LineSplitterOptions = {}): LineSplitter {
  const maxLineChars = options.maxLineChars ?? DEFAULT_MAX_LINE_CHARS
  let text = ''
  let cutChars = 0
  /** A `\r` came last: only the next character tells whether it ended the line or went back to its start. */
  let returned = false

  const add = (piece: string): void => {
    if (piece === '') return
    if (returned) {
      text = ''
      cutChars = 0
      returned = false
    }
    const room = maxLineChars - text.length
    if (piece.length <= room) {
      text += piece
      return
    }
    text += piece.slice(0, room)
    cutChars += piece.length - room
  }

  const take = (): Line => {
    const line = { text, cutChars }
    text = ''
    cutChars = 0
    returned = false
    return line
  }

  /** Adds a piece without `\n`. */
  const addWithReturns = (piece: string): void => {
    let from = 0
    for (let at = piece.indexOf('\r'); at !== -1; at = piece.indexOf('\r', from)) {
      add(piece.slice(from, at))
      returned = true
      from = at + 1
    }
    add(from === 0 ? piece : piece.slice(from))
  }

  return {
    push(chunk: string): Line[] {
      const lines: Line[] = []
      let from = 0
      for (let at = chunk.indexOf('\n'); at !== -1; at = chunk.indexOf('\n', from)) {
        addWithReturns(chunk.slice(from, at))
        lines.push(take())
        from = at + 1
      }
      addWithReturns(from === 0 ? chunk : chunk.slice(from))
      return lines
    },
    pending(): Line | null {
      return text === '' && cutChars === 0 ? null : { text, cutChars }
    },
    end(): Line | null {
      return text === '' && cutChars === 0 ? null : take()
    },
  }
}
