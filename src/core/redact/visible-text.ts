/**
 * A text as an eye reads it: without colour codes, zero-width characters and controls, any of which may stand in the
 * midst of a key. Keeps where each character came from.
 */
export interface VisibleText {
  readonly text: string
  /** Place in the original of a place in the visible text; the end maps behind the last visible character. */
  readonly originAt: (index: number) => number
}

export interface VisibleOptions {
  /** Leave the contents of OSC, DCS and the like in: they may hold a secret themselves. */
  readonly keepStrings: boolean
}

/* oxlint-disable no-control-regex, no-misleading-character-class -- these characters are what is looked for */
/** Anything that is not seen, line ends and tabs apart. */
const UNSEEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]/
const SEQUENCE_KEEPING =
  /(?:\u001b\[|\u009b)[0-?]{0,128}[ -/]{0,16}[@-~]|\u001b[ -/]{1,16}[0-~]|\u001b[0-~]|\u001b/y
const SEQUENCE_DROPPING =
  /(?:\u001b\[|\u009b)[0-?]{0,128}[ -/]{0,16}[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0080-\u009f\n]{0,4096}(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]{1,16}[0-~]|\u001b[0-~]|\u001b/y
const STRING_START = /\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f]/
/* oxlint-enable no-control-regex, no-misleading-character-class */

export function hasUnseen(text: string): boolean {
  return UNSEEN.test(text)
}

export function hasControlStrings(text: string): boolean {
  return STRING_START.test(text)
}

export function toVisibleText(text: string, { keepStrings }: VisibleOptions): VisibleText {
  const sequence = keepStrings ? SEQUENCE_KEEPING : SEQUENCE_DROPPING
  const unseen = new RegExp(UNSEEN, 'g')
  /** Pieces of the original, in order: [place in the visible text, place in the original]. */
  const visibleAt: number[] = []
  const originAt: number[] = []
  let visible = ''
  let from = 0
  const add = (to: number): void => {
    if (to <= from) return
    visibleAt.push(visible.length)
    originAt.push(from)
    visible += text.slice(from, to)
  }
  for (let match = unseen.exec(text); match !== null; match = unseen.exec(text)) {
    add(match.index)
    sequence.lastIndex = match.index
    from = match.index + (sequence.exec(text)?.[0].length ?? 1)
    unseen.lastIndex = from
  }
  add(text.length)
  return { text: visible, originAt: (index) => toOrigin(index, visibleAt, originAt) }
}

function toOrigin(index: number, visibleAt: readonly number[], originAt: readonly number[]): number {
  let low = 0
  let high = visibleAt.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((visibleAt[middle] ?? 0) <= index) low = middle
    else high = middle - 1
  }
  return (originAt[low] ?? 0) + index - (visibleAt[low] ?? 0)
}
