import type { StreamName } from '../../store/layout.ts'
import { openArrivalTimes } from '../../store/output/arrival-times.ts'
import type { OutputSource } from '../../store/output/output-reader.ts'

/** A piece of one stream whose bytes arrived together. */
export interface ArrivedPiece {
  readonly stream: StreamName
  readonly from: number
  readonly to: number
}

export interface MergedStream {
  readonly source: OutputSource
  readonly from: number
  readonly to: number
}

/**
 * Pieces of several streams in the order in which they arrived. Exact within a stream; across streams as exact as the
 * keeper's looks were frequent. Bytes that no record covers come last.
 */
export function* mergeByArrival(streams: readonly MergedStream[]): Generator<ArrivedPiece> {
  const cursors = streams.map((stream) => piecesOf(stream))
  const heads = cursors.map((cursor) => cursor.next())
  for (;;) {
    let first = -1
    for (const [i, head] of heads.entries()) {
      const best = first === -1 ? undefined : heads[first]
      if (
        head.done !== true &&
        (best === undefined || best.done === true || head.value.atMs < best.value.atMs)
      )
        first = i
    }
    const head = heads[first]
    const cursor = cursors[first]
    if (head === undefined || cursor === undefined || head.done === true) return
    yield head.value.piece
    heads[first] = cursor.next()
  }
}

function* piecesOf(stream: MergedStream): Generator<{ readonly atMs: number; readonly piece: ArrivedPiece }> {
  using times = openArrivalTimes(stream.source)
  const { stream: name } = stream.source
  let at = stream.from
  for (let i = 0; i < times.count && at < stream.to; i += 1) {
    const arrival = times.at(i)
    if (arrival === null || arrival.end <= at) continue
    const to = Math.min(arrival.end, stream.to)
    yield { atMs: arrival.atMs, piece: { stream: name, from: at, to } }
    at = to
  }
  if (at < stream.to)
    yield { atMs: Number.POSITIVE_INFINITY, piece: { stream: name, from: at, to: stream.to } }
}
