/**
 * Long stretches of ordinary lines scroll everything off the screen that stood there before, and most of themselves.
 * What a terminal shows after such a stretch is what it shows after its last lines alone, in the colours that were set
 * on the way: to draw a gigabyte of log is then a search, and exact.
 *
 * Ordinary is text, line ends, tabs, colours (SGR) and "erase in line" (EL), as long as the cursor is in the scrolling
 * region: then as many lines as twice the rows of the screen push out all that was there.
 */
export type Part =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** `instead` does the same as `bytes` where the cursor is in the scrolling region. */
  | { readonly kind: 'stretch'; readonly bytes: Uint8Array; readonly instead: readonly Uint8Array[] }

const ESC = 0x1b
const BEL = 0x07
const LINE_FEED = 0x0a
const RETURN = 0x0d
const SGR_FINAL = 0x6d
const BACK_TO_START = Uint8Array.of(RETURN)
/** To draw less than this is quicker than to look for a way round it. */
const MIN_BYTES = 16 * 1024

export interface SplitOptions {
  readonly rows: number
  /** The bytes do not begin within a sequence. */
  readonly isGround: boolean
}

/** The same bytes in parts. */
export function splitStretches(bytes: Uint8Array, { rows, isGround }: SplitOptions): Part[] {
  if (!isGround || bytes.length < MIN_BYTES) return [{ kind: 'bytes', bytes }]
  const parts: Part[] = []
  const special = createSpecialFinder(bytes)
  let toldTo = 0
  let at = 0
  while (at < bytes.length) {
    const to = stretchEnd(bytes, at, special(at))
    const tail = to - at < MIN_BYTES ? null : tailStart(bytes, { from: at, to, lines: 2 * rows })
    if (tail !== null) {
      if (at > toldTo) parts.push({ kind: 'bytes', bytes: bytes.subarray(toldTo, at) })
      const instead = [BACK_TO_START, ...coloursAt(bytes, at, tail), bytes.subarray(tail, to)]
      parts.push({ kind: 'stretch', bytes: bytes.subarray(at, to), instead })
      toldTo = to
    }
    const next = extraordinaryEnd(bytes, to)
    if (next === null) break
    at = next
  }
  if (toldTo < bytes.length) parts.push({ kind: 'bytes', bytes: bytes.subarray(toldTo) })
  return parts
}

/** Where the next control stands that is none of ESC and yet changes what follows: SO, SI, C1 in UTF-8. */
function createSpecialFinder(bytes: Uint8Array): (from: number) => number {
  const find = (byte: number, from: number): number => {
    const found = bytes.indexOf(byte, from)
    return found === -1 ? bytes.length : found
  }
  const findC1 = (from: number): number => {
    let at = find(0xc2, from)
    while (at < bytes.length && ((bytes[at + 1] ?? 0x80) < 0x80 || (bytes[at + 1] ?? 0x80) > 0x9f)) {
      at = find(0xc2, at + 1)
    }
    return at
  }
  let out = -1
  let back = -1
  let c1 = -1
  return (from) => {
    if (out < from) out = find(0x0e, from)
    if (back < from) back = find(0x0f, from)
    if (c1 < from) c1 = findC1(from)
    return Math.min(out, back, c1)
  }
}

function stretchEnd(bytes: Uint8Array, from: number, limit: number): number {
  for (let at = from; ;) {
    const found = bytes.indexOf(ESC, at)
    if (found === -1 || found >= limit) return limit
    const end = ordinaryEnd(bytes, found)
    if (end === null) return found
    at = end
  }
}

/** End of a whole SGR or EL at an ESC, null for anything else. */
function ordinaryEnd(bytes: Uint8Array, from: number): number | null {
  if (bytes[from + 1] !== 0x5b) return null
  let at = from + 2
  for (;;) {
    const byte = bytes[at]
    if (byte === undefined) return null
    if (byte === SGR_FINAL || byte === 0x4b) return at + 1
    // digits, colon, semicolon
    if (byte < 0x30 || byte > 0x3b) return null
    at++
  }
}

/** End of what stands at the end of a stretch; null when it does not end here, or nobody knows where. */
function extraordinaryEnd(bytes: Uint8Array, from: number): number | null {
  const byte = bytes[from]
  if (byte === 0x0e || byte === 0x0f) return from + 1
  if (byte !== ESC) return null
  const kind = bytes[from + 1] ?? 0
  if (kind === 0x5b) return finalOf(bytes, from + 2, 0x40)
  if (kind === 0x5d) return oscEnd(bytes, from + 2)
  if (kind === 0x50 || kind === 0x58 || kind === 0x5e || kind === 0x5f) return stringEnd(bytes, from + 2)
  if (kind >= 0x20 && kind <= 0x2f) return finalOf(bytes, from + 2, 0x30)
  return kind >= 0x30 && kind <= 0x7e ? from + 2 : null
}

function finalOf(bytes: Uint8Array, from: number, least: number): number | null {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte === ESC) return at
    if (byte >= least && byte <= 0x7e) return at + 1
  }
  return null
}

function oscEnd(bytes: Uint8Array, from: number): number | null {
  const end = stringEnd(bytes, from)
  const bell = bytes.indexOf(BEL, from)
  return bell !== -1 && (end === null || bell < end) ? bell + 1 : end
}

/** Any ESC ends a string; with a backslash it is nothing else. */
function stringEnd(bytes: Uint8Array, from: number): number | null {
  const end = bytes.indexOf(ESC, from)
  return end === -1 ? null : end
}

/** Start of the last lines; the line before must have gone back to the first column. */
function tailStart(
  bytes: Uint8Array,
  { from, to, lines }: { from: number; to: number; lines: number },
): number | null {
  let at = to
  for (let seen = 0; ; seen++) {
    at = at > from ? bytes.lastIndexOf(LINE_FEED, at - 1) : -1
    if (at <= from) return null
    if (seen >= lines && bytes[at - 1] === RETURN) break
  }
  // not worth it when most would be drawn all the same
  return at + 1 - from > (to - from) / 2 ? at + 1 : null
}

/** The colour sequences before a place that still count there, in order. */
function coloursAt(bytes: Uint8Array, from: number, to: number): Uint8Array[] {
  const colours: Uint8Array[] = []
  for (let at = to; at > from;) {
    at = bytes.lastIndexOf(ESC, at - 1)
    if (at < from) break
    const end = ordinaryEnd(bytes, at)
    if (end === null || bytes[end - 1] !== SGR_FINAL) continue
    colours.unshift(bytes.subarray(at, end))
    // begins with a reset: ESC [ m, ESC [ 0 m, ESC [ 0 ; … m
    const first = bytes[at + 2]
    const second = bytes[at + 3]
    if (first === SGR_FINAL || (first === 0x30 && (second === SGR_FINAL || second === 0x3b))) break
  }
  return colours
}
