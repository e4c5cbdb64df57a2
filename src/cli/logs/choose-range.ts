import { FettleError } from '../../core/errors.ts'
import { parseDuration } from '../../core/parse/duration.ts'
import { openArrivalTimes } from '../../store/output/arrival-times.ts'
import { findHead, findTail } from '../../store/output/find-lines.ts'
import type { OutputReader, OutputSource } from '../../store/output/output-reader.ts'

export type RangeWish =
  | { readonly kind: 'all' }
  | { readonly kind: 'head'; readonly lines: number }
  | { readonly kind: 'tail'; readonly lines: number }
  | { readonly kind: 'from'; readonly offset: number }
  | { readonly kind: 'since'; readonly atMs: number }

export interface ChosenRange {
  readonly from: number
  /** Null: to the end, and what comes. */
  readonly to: number | null
  /** What the reader should know of this choice, null when there is nothing. */
  readonly note: string | null
  /** Fewer lines than asked: to find the others it would have had to look too far. */
  readonly bounded?: boolean
}

/** How far a wish by lines looks for them. */
const MAX_LOOK_BYTES = 256 * 1024 * 1024

export function chooseRange(
  reader: OutputReader,
  source: OutputSource,
  wish: RangeWish,
  maxBytes = MAX_LOOK_BYTES,
): ChosenRange {
  switch (wish.kind) {
    case 'all':
      return { from: 0, to: null, note: null }
    case 'from':
      return {
        from: wish.offset,
        to: null,
        note:
          wish.offset > reader.end
            ? `the output has ${reader.end} bytes so far; ${wish.offset} is beyond its end`
            : null,
      }
    case 'head': {
      const { offset, bounded } = findHead(reader, { from: 0, lines: wish.lines, maxBytes })
      const note = bounded ? `these lines have more than ${maxBytes} bytes; --from ${offset} goes on` : null
      return { from: 0, to: offset, note, bounded }
    }
    case 'tail': {
      const { offset, lines, bounded } = findTail(reader, { lines: wish.lines, maxBytes })
      const found = lines > 0 ? `${lines} of these lines are` : 'the end of the last line is'
      const note = bounded ? `${found} in the last ${maxBytes} bytes; --all shows everything` : null
      return { from: offset, to: null, note, bounded }
    }
    case 'since': {
      using times = openArrivalTimes(source)
      const from = times.offsetSince(wish.atMs)
      if (from !== null) return { from, to: null, note: null }
      return { from: 0, to: null, note: 'when this output came is not known; all of it is shown' }
    }
  }
}

/** `10m` ago, or a date and time. */
export function readSince(text: string, nowMs: number): number {
  if (/^\d{4}-\d{2}-\d{2}/.test(text)) {
    const atMs = Date.parse(text)
    if (Number.isFinite(atMs)) return atMs
  }
  try {
    return nowMs - parseDuration(text)
  } catch (error) {
    if (!(error instanceof FettleError)) throw error
    throw new FettleError('bad_value', `--since: "${text}" is neither a time span nor a date`, {
      hint: 'As 10m, 2h, 2026-01-31T10:00 or 2026-01-31T10:00:00Z',
    })
  }
}
