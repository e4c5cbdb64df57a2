/**
 * Takes questions to the terminal out of a byte stream (device attributes, cursor position, modes, colours, …). The
 * daemon answers them, once, whoever is attached: were they shown, the viewer's terminal would type a second answer.
 * Everything else passes untouched; a sequence that is cut by a chunk's end waits for the rest.
 */
export interface QueryFilter {
  push(bytes: Uint8Array): Uint8Array
}

const ESC = 0x1b
const BEL = 0x07
const ENQ = 0x05
/** A longer one is no question: it is shown as it is, so that garbage cannot hold the screen back. */
const MAX_SEQUENCE_BYTES = 4096

export function createQueryFilter(): QueryFilter {
  let held: number[] = []
  return {
    push(bytes) {
      const kept: number[] = []
      for (const byte of bytes) {
        if (held.length === 0) {
          if (byte === ESC) held.push(byte)
          else if (byte !== ENQ) kept.push(byte)
          continue
        }
        held.push(byte)
        const verdict = judge(held)
        if (verdict === 'open') continue
        if (verdict === 'pass') kept.push(...held)
        held = []
      }
      return Uint8Array.from(kept)
    },
  }
}

type Verdict = 'open' | 'pass' | 'drop'

function judge(sequence: readonly number[]): Verdict {
  const last = sequence.at(-1) ?? 0
  const kind = String.fromCharCode(sequence[1] ?? 0)
  if (sequence.length > MAX_SEQUENCE_BYTES) return 'pass'
  if (kind === '[') {
    if (sequence.length === 2) return 'open'
    if (last >= 0x40 && last <= 0x7e) return isCsiQuery(toText(sequence.slice(2))) ? 'drop' : 'pass'
    return last >= 0x20 && last <= 0x3f ? 'open' : 'pass'
  }
  if (kind === ']' || kind === 'P') {
    const ended = last === BEL || (last === 0x5c && sequence.at(-2) === ESC && sequence.length > 2)
    if (!ended) return 'open'
    const body = toText(sequence.slice(2, last === BEL ? -1 : -2))
    return (kind === ']' ? isOscQuery(body) : isDcsQuery(body)) ? 'drop' : 'pass'
  }
  // ESC Z (DECID) asks as well
  return kind === 'Z' ? 'drop' : 'pass'
}

/** What follows `ESC [`. */
function isCsiQuery(text: string): boolean {
  return (
    // device attributes: c, 0c, >c, =c
    /^[>=]?0?c$/.test(text) ||
    // status and cursor position
    /^\??(?:5|6|15|25|26|53|55|56|62|63|75|85|996)n$/.test(text) ||
    // modes (DECRQM), version (XTVERSION), kitty keyboard flags
    /^\??\d+\$p$/.test(text) ||
    /^>0?q$/.test(text) ||
    text === '?u' ||
    // sizes and titles that are reported back
    /^(?:11|13|14|15|16|18|19|20|21)(?:;\d+)?t$/.test(text) ||
    // checksum of a rectangle, graphics attributes, key modifier options
    /^[\d;]*\*y$/.test(text) ||
    /^\?\d+;1;?\d*S$/.test(text) ||
    /^\?\d+m$/.test(text)
  )
}

function isOscQuery(text: string): boolean {
  return /^(?:4;\d+|5;\d+|1[0-9]|52;[a-z0-9]*);\?$/.test(text) || /^(?:4|5);(?:\d+;\?;?)+$/.test(text)
}

function isDcsQuery(text: string): boolean {
  return text.startsWith('+q') || text.startsWith('$q')
}

function toText(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString('latin1')
}
