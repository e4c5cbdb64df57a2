import { redactWindow, REDACT_MARGIN_CHARS } from '../../core/redact/redact-window.ts'
import { createAnsiStripper } from '../../core/text/strip-ansi.ts'
import { LINE_FEED } from './find-lines.ts'
import type { OutputReader } from './output-reader.ts'

export interface RenderOptions {
  /** Take terminal control sequences out. */
  readonly strip: boolean
  readonly redact: RedactMode
}

/** `env_dump`: the command lists variables (`isEnvDumpCommand`), so every value of a secret-like name goes. */
export type RedactMode = 'off' | 'text' | 'env_dump'

export interface RenderedSlice {
  readonly text: string
  /** Lines of output in `text`, an unfinished one counted, marks not. */
  readonly lines: number
  readonly droppedBytes: number
  /** Offset after what was rendered: less than asked when the last character has not all come. */
  readonly to: number
}

/**
 * Bytes `from` to `to` of a stream as text for a reader. A secret that a border of the slice cuts is found by what
 * stands around it, up to 64 kB on each side; a character cut by one belongs to the slice with its last byte. So
 * slices one after another give the same text as one. Holes are told where they are.
 */
export function renderSlice(
  reader: OutputReader,
  options: RenderOptions & { readonly from: number; readonly to: number },
): RenderedSlice {
  const { from, to } = options
  let text = ''
  let lines = 0
  let droppedBytes = 0
  let at = from
  while (at < to) {
    const stretch = readStretch(reader, at, to)
    if (stretch === null) break
    if (stretch.kind === 'gap') {
      const bytes = stretch.to - at
      droppedBytes += bytes
      text += `${text === '' || text.endsWith('\n') ? '' : '\n'}${droppedMark(bytes)}\n`
      at = stretch.to
      continue
    }
    const open = stretch.to === reader.end ? unfinishedBytes(stretch.bytes) : 0
    const bytes = open > 0 && open < stretch.bytes.length ? stretch.bytes.subarray(0, -open) : stretch.bytes
    lines += countLines(bytes)
    text += renderStretch(reader, { ...options, from: at, bytes })
    at += bytes.length
    if (bytes.length < stretch.bytes.length) break
  }
  return { text, lines, droppedBytes, to: at }
}

/** As it stands in text: what is missing, and how much. */
export function droppedMark(bytes: number): string {
  return `[dropped ${groupDigits(bytes)} bytes here]`
}

export function cutMark(bytes: number, from: number): string {
  return `[cut: ${groupDigits(bytes)} bytes; read them with --from ${from}]`
}

export function groupDigits(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',')
}

type Stretch =
  | { readonly kind: 'bytes'; readonly to: number; readonly bytes: Buffer }
  | { readonly kind: 'gap'; readonly to: number }

/** Everything up to the next hole as one buffer: slices are bounded by whoever asks. */
function readStretch(reader: OutputReader, from: number, to: number): Stretch | null {
  const parts: Buffer[] = []
  let at = from
  while (at < to) {
    const piece = reader.pieceAt(at, to - at)
    if (piece === null) break
    if (piece.kind === 'gap') {
      if (parts.length === 0) return { kind: 'gap', to: Math.min(piece.to, to) }
      break
    }
    parts.push(piece.bytes)
    at = piece.to
  }
  return parts.length === 0 ? null : { kind: 'bytes', to: at, bytes: Buffer.concat(parts) }
}

function renderStretch(
  reader: OutputReader,
  options: RenderOptions & { readonly from: number; readonly bytes: Buffer },
): string {
  const { from, bytes, strip, redact } = options
  const before = bytesBefore(reader, from)
  const after = redact === 'off' ? EMPTY : bytesAfter(reader, { from: from + bytes.length, before, bytes })
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const stripper = strip ? createAnsiStripper() : null
  const toText = (part: Uint8Array): string => {
    const decoded = decoder.decode(part, { stream: true })
    return stripper === null ? decoded : stripper.push(decoded)
  }
  const context = toText(before)
  let text = toText(bytes)
  const follows = reader.pieceAt(from + bytes.length, 1)?.kind === 'bytes'
  // Nothing can finish a character that a hole or the end has cut.
  if (!follows) text += decoder.decode()
  if (redact === 'off') return text
  return redactWindow({ before: context, text, after: toText(after), envDump: redact === 'env_dump' })
}

const EMPTY = Buffer.alloc(0)
const KEY_BEGIN = '-----BEGIN '
const KEY_END = '-----END '

/**
 * From the start of the line before on (it tells a listing), or from the start of a private key that has not ended; also what
 * strips and decodes.
 */
export function bytesBefore(reader: OutputReader, offset: number): Buffer {
  const parts: Buffer[] = []
  let at = offset
  while (at > 0 && offset - at < REDACT_MARGIN_CHARS) {
    const piece = reader.pieceBefore(at, REDACT_MARGIN_CHARS - (offset - at))
    if (piece?.kind !== 'bytes') break
    parts.unshift(piece.bytes)
    at = piece.from
  }
  const margin = Buffer.concat(parts)
  const lineEnd = margin.lastIndexOf(LINE_FEED)
  const lineStart = lineEnd < 1 ? 0 : margin.lastIndexOf(LINE_FEED, lineEnd - 1) + 1
  const key = margin.lastIndexOf(KEY_BEGIN)
  const isOpen = key !== -1 && margin.indexOf(KEY_END, key) === -1
  return margin.subarray(isOpen ? Math.min(key, lineStart) : lineStart)
}

/** To the end of the line, or of a private key that is open there. */
function bytesAfter(reader: OutputReader, options: { from: number; before: Buffer; bytes: Buffer }): Buffer {
  const { from, before, bytes } = options
  const known = Buffer.concat([before, bytes])
  const key = known.lastIndexOf(KEY_BEGIN)
  const isOpen = key !== -1 && known.indexOf(KEY_END, key) === -1
  if (!isOpen && known.at(-1) === LINE_FEED) return EMPTY
  const parts: Buffer[] = []
  let at = from
  while (at - from < REDACT_MARGIN_CHARS) {
    const piece = reader.pieceAt(at, REDACT_MARGIN_CHARS - (at - from))
    if (piece?.kind !== 'bytes') break
    parts.push(piece.bytes)
    at = piece.to
    if (!isOpen && piece.bytes.includes(LINE_FEED)) break
  }
  const margin = Buffer.concat(parts)
  const lineEnd = margin.indexOf(LINE_FEED)
  return isOpen || lineEnd === -1 ? margin : margin.subarray(0, lineEnd + 1)
}

/** How many bytes at the end are the beginning of a character that has not all come. */
function unfinishedBytes(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if ((byte & 0xc0) === 0x80) continue
    const length = byte >= 0xf0 && byte < 0xf5 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1
    return byte < 0xf5 && length > back ? back : 0
  }
  return 0
}

function countLines(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) lines++
  return bytes.length > 0 && bytes.at(-1) !== LINE_FEED ? lines + 1 : lines
}
