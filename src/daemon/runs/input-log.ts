import { closeSync, existsSync, fstatSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { FettleError, isRecord } from '../../core/errors.ts'
import { readTextFile } from '../../platform/files/write-atomic.ts'
import type { RunPaths } from '../../store/layout.ts'

export interface AcceptedInput {
  readonly acceptedBytes: number
  /** Offset in the run's input. */
  readonly at: number
  readonly duplicate: boolean
}

/** A line of the journal: bytes from `skip` on of this input stand at `from` to `to` of the log. */
interface Entry {
  readonly client: string
  readonly seq: number
  readonly from: number
  readonly to: number
  readonly skip: number
}

/** The newest input of a client. */
interface Newest {
  readonly seq: number
  readonly totalBytes: number
  /** How many of its bytes are in the log. */
  readonly acceptedBytes: number
  /** Where they stand; the last of them, when something else came in between. */
  readonly at: number
}

/**
 * What was accepted for a run's stdin. The journal's line comes before the bytes it announces: after a SIGKILL in
 * between, the client sends again and only the missing tail is appended. Nobody else writes these files.
 */
export class InputLog {
  readonly #paths: RunPaths
  readonly #newest: Map<string, Newest>
  #end: number
  readonly #log: number
  readonly #journal: number

  constructor(paths: RunPaths) {
    this.#paths = paths
    this.#log = openSync(paths.inputLog, 'a', 0o600)
    this.#journal = openSync(paths.inputJournal, 'a', 0o600)
    this.#end = fstatSync(this.#log).size
    const text = readTextFile(paths.inputJournal) ?? ''
    // Cut off by a SIGKILL: what is appended now must not become part of that line.
    if (text !== '' && !text.endsWith('\n')) writeAll(this.#journal, Buffer.from('\n'))
    this.#newest = toNewest(
      text.split('\n').flatMap((line) => parseEntry(line) ?? []),
      this.#end,
    )
  }

  get isClosed(): boolean {
    return existsSync(this.#paths.inputClosed)
  }

  /** Newest sequence number of a client, -1 when it has sent nothing. */
  newestSeq(client: string): number {
    return this.#newest.get(client)?.seq ?? -1
  }

  accept(input: {
    readonly client: string
    readonly seq: number
    readonly bytes: Uint8Array
  }): AcceptedInput {
    const { client, seq, bytes } = input
    const known = this.#newest.get(client)
    if (known === undefined || seq > known.seq) {
      const at = this.#append(input, 0)
      return { acceptedBytes: bytes.byteLength, at, duplicate: false }
    }
    // An older one was accepted before the newer was sent: a client sends one after the other.
    if (seq < known.seq) return { acceptedBytes: bytes.byteLength, at: known.at, duplicate: true }
    if (known.totalBytes !== bytes.byteLength) {
      throw new FettleError(
        'bad_value',
        `Input ${seq} of client "${client}" had ${known.totalBytes} bytes before and has ${bytes.byteLength} now`,
        { hint: 'Each new input needs the next sequence number.' },
      )
    }
    if (known.acceptedBytes === known.totalBytes) {
      return { acceptedBytes: bytes.byteLength, at: known.at, duplicate: true }
    }
    const at = this.#append(input, known.acceptedBytes)
    return { acceptedBytes: bytes.byteLength, at, duplicate: false }
  }

  /** Recorded first: a hand that comes later does not open stdin again. */
  close(): void {
    const fd = openSync(this.#paths.inputClosed, 'a', 0o600)
    fsyncSync(fd)
    closeSync(fd)
  }

  dispose(): void {
    closeSync(this.#log)
    closeSync(this.#journal)
  }

  #append(
    input: { readonly client: string; readonly seq: number; readonly bytes: Uint8Array },
    skip: number,
  ): number {
    const { client, seq, bytes } = input
    const from = this.#end
    const entry: Entry = { client, seq, from, to: from + bytes.byteLength - skip, skip }
    writeAll(this.#journal, Buffer.from(`${JSON.stringify(entry)}\n`))
    writeAll(this.#log, bytes.subarray(skip))
    this.#end = entry.to
    const totalBytes = bytes.byteLength
    this.#newest.set(client, { seq, totalBytes, acceptedBytes: totalBytes, at: from })
    return from
  }
}

/**
 * A line of which not all bytes followed: the log ends before its end, or the next line begins before it. What did
 * follow is accepted, the rest is not.
 */
function toNewest(entries: readonly Entry[], end: number): Map<string, Newest> {
  const newest = new Map<string, Newest>()
  for (const [i, { client, seq, from, to, skip }] of entries.entries()) {
    const held = Math.min(to, entries[i + 1]?.from ?? end, end)
    newest.set(client, {
      seq,
      totalBytes: skip + to - from,
      acceptedBytes: skip + Math.max(0, held - from),
      at: from,
    })
  }
  return newest
}

function parseEntry(line: string): Entry | null {
  if (line === '') return null
  try {
    const value: unknown = JSON.parse(line)
    if (!isRecord(value)) return null
    const { client, seq, from, to, skip } = value
    if (
      typeof client !== 'string' ||
      typeof seq !== 'number' ||
      typeof from !== 'number' ||
      typeof to !== 'number'
    ) {
      return null
    }
    return { client, seq, from, to, skip: typeof skip === 'number' ? skip : 0 }
  } catch {
    // Cut off by a SIGKILL: it announces nothing.
    return null
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.byteLength;) done += writeSync(fd, bytes, done, bytes.byteLength - done)
}
