import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  statfsSync,
  truncateSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { indexName, segmentName, type StreamName } from '../store/layout.ts'
import { monotonicMs, nowMs } from '../platform/clock.ts'
import { isErrno } from '../platform/files/errno.ts'
import { Errno, Open } from '../platform/linux/constants.ts'
import { closeFd, mustOpenFd, openFd, seekFd } from '../platform/linux/descriptor.ts'

const LARGEST_SEGMENT = 64 * 1024 * 1024
const SMALLEST_SEGMENT = 64 * 1024
/** The cap goes by whole segments: eight of them, so that dropping one costs an eighth. */
const SEGMENTS_PER_CAP = 8
/** How often a full disk is tried again, ms. */
const RETRY_MS = 1_000
/** What state and outcome of a run need, generously. */
const RECORDS_BYTES = 64 * 1024
/** Free space is looked at each so many bytes. */
const LOOK_EACH_BYTES = 16 * 1024 * 1024
/** Never take a file system's last bytes: others need them to stop decently. */
const FLOOR_BYTES = 64 * 1024 * 1024
const FLOOR_SHARE = 0.02
/** Least time between two records of the index, ms. */
const INDEX_EACH_MS = 20

const INDEX_RECORD_BYTES = 16

interface Segment {
  readonly path: string
  readonly from: number
}

/** `budget`: the owner's or the host's, by the daemon's word. */
export type DropReason = 'cap' | 'disk' | 'budget'

export interface OutputFacts {
  onDropped(data: { stream: StreamName; bytes: number; why: DropReason }): void
  onDisk(kind: 'disk_full' | 'disk_ok', data: { stream: StreamName; droppedBytes: number }): void
}

/**
 * One stream of output on disk: segments whose names state the offset of their first byte. A hole between two is
 * what was dropped, so no counter can be lost. Offsets never move.
 */
export class OutputFile {
  readonly stream: StreamName
  /** End of the stream: everything printed, dropped bytes included. */
  offset = 0
  droppedBytes = 0
  /** Where bytes go now: the open segment, or /dev/null while a full disk makes us drop. */
  fd = -1
  private readonly dir: string
  private readonly maxBytes: number
  private readonly segmentBytes: number
  private readonly facts: OutputFacts
  private readonly waitOnFull: boolean
  private readonly segments: Segment[] = []
  private readonly indexFd: number
  private readonly record = Buffer.alloc(INDEX_RECORD_BYTES)
  private indexedAtMonoMs = -Infinity
  private indexedTo = 0
  private sinceLook = 0
  private floorBytes: number | null = null
  private droppingFrom: number | null = null
  /** An empty segment at the end of what is being dropped: its name states the hole while it grows. */
  private holeEnd: string | null = null
  private retryAtMonoMs = 0

  constructor(options: {
    dir: string
    stream: StreamName
    maxBytes: number
    waitOnFull: boolean
    facts: OutputFacts
  }) {
    this.dir = options.dir
    this.stream = options.stream
    this.maxBytes = options.maxBytes
    this.facts = options.facts
    this.waitOnFull = options.waitOnFull
    const share = Math.floor(options.maxBytes / SEGMENTS_PER_CAP)
    this.segmentBytes = Math.min(LARGEST_SEGMENT, Math.max(SMALLEST_SEGMENT, share))
    this.findSegments()
    const index = join(this.dir, indexName(this.stream))
    // A record of which a full disk took only a part would put all later ones out of step.
    const whole = sizeOf(index) - (sizeOf(index) % INDEX_RECORD_BYTES)
    if (whole !== sizeOf(index)) truncateSync(index, whole)
    this.indexFd = openFd(index, Open.WRONLY | Open.CREAT | APPEND)
  }

  get isDropping(): boolean {
    return this.droppingFrom !== null
  }

  /**
   * How many bytes may go to `fd` now; opens the next segment when this one is full. 0 when there is none to be had and
   * the run is to be held back.
   */
  room(): number {
    if (this.droppingFrom !== null) {
      if (monotonicMs() >= this.retryAtMonoMs) this.tryAgain()
      return LARGEST_SEGMENT
    }
    const used = this.offset - (this.segments.at(-1)?.from ?? 0)
    if (this.fd >= 0 && used < this.segmentBytes) return this.segmentBytes - used
    const opened = this.openSegment()
    if (opened >= 0) return this.segmentBytes
    if (this.waitOnFull ? HELD_BY.has(opened) : LACKING.has(opened)) return 0
    this.startDropping()
    return LARGEST_SEGMENT
  }

  /** `count` bytes have gone to `fd`. */
  advance(count: number): void {
    this.offset += count
    this.sinceLook += count
    if (this.droppingFrom !== null) this.droppedBytes += count
    if (this.sinceLook >= LOOK_EACH_BYTES && this.droppingFrom === null) this.lookAtSpace()
  }

  /**
   * The disk has refused bytes. True when room was made by dropping this run's oldest output; otherwise what comes
   * next is dropped and counted until the disk takes bytes again.
   */
  onNoSpace(): boolean {
    if (this.dropOldest('disk')) return true
    this.startDropping()
    return false
  }

  /** Notes when bytes arrived. Written after them: what is lost with a kill is precision of time, never output. */
  stamp(atMs: number): 'written' | 'pending' {
    if (this.indexedTo === this.offset) return 'written'
    const nowMonoMs = monotonicMs()
    if (nowMonoMs - this.indexedAtMonoMs < INDEX_EACH_MS) return 'pending'
    this.indexedAtMonoMs = nowMonoMs
    this.indexedTo = this.offset
    this.stateHole()
    this.record.writeBigUInt64LE(BigInt(this.offset), 0)
    this.record.writeDoubleLE(atMs, 8)
    try {
      if (this.indexFd >= 0) writeSync(this.indexFd, this.record)
    } catch (error) {
      if (!isErrno(error, 'ENOSPC', 'EDQUOT', 'EIO')) throw error
    }
    return 'written'
  }

  /** The run has ended: the last time of arrival and a hole at the very end are written. */
  close(): void {
    this.indexedAtMonoMs = -Infinity
    this.stamp(nowMs())
    this.stateHole()
  }

  /** Gives up the oldest whole segment but never the open one. False when there is none to give. */
  dropOldest(why: DropReason): boolean {
    const [oldest, next] = this.segments
    if (oldest === undefined || next === undefined) return false
    this.segments.shift()
    const bytes = sizeOf(oldest.path)
    unlinkSync(oldest.path)
    this.droppedBytes += bytes
    this.facts.onDropped({ stream: this.stream, bytes, why })
    return true
  }

  /**
   * Makes room for the run's records: by the oldest segment or, where one has filled the disk alone, by the bytes
   * before the hole that follows it. Of a stream that loses nothing so far nothing is given up.
   */
  makeRoom(): boolean {
    if (this.dropOldest('disk')) return true
    const last = this.segments.at(-1)
    if (last === undefined || this.holeEnd === null) return false
    const held = sizeOf(last.path)
    const bytes = Math.min(held, RECORDS_BYTES)
    if (bytes === 0) return false
    truncateSync(last.path, held - bytes)
    this.droppedBytes += bytes
    this.facts.onDropped({ stream: this.stream, bytes, why: 'disk' })
    return true
  }

  /** Gives up whole segments, oldest first, until at most so many bytes are kept. The open one stays. */
  trim(keepBytes: number): void {
    while (this.keptBytes > keepBytes) if (!this.dropOldest('budget')) return
  }

  get keptBytes(): number {
    return this.offset - this.droppedBytes
  }

  private findSegments(): void {
    const prefix = `${this.stream}-`
    const names = readdirSync(this.dir).filter((name) => name.startsWith(prefix) && name.endsWith('.seg'))
    let held = 0
    for (const name of names.toSorted()) {
      const segment = { path: join(this.dir, name), from: Number(name.slice(prefix.length, -4)) }
      const bytes = sizeOf(segment.path)
      this.segments.push(segment)
      this.offset = segment.from + bytes
      held += bytes
    }
    this.droppedBytes = this.offset - held
    this.indexedTo = this.offset
    const last = this.segments.at(-1)
    if (last !== undefined) this.takeSegment(mustOpenFd(last.path, Open.WRONLY))
  }

  /** Not O_APPEND: splice refuses it. The position is the end, and there is one writer. */
  private takeSegment(fd: number): void {
    if (this.fd >= 0) closeFd(this.fd)
    this.fd = fd
    seekFd(fd, 0, 2)
  }

  /** Its descriptor, or an errno below zero. A file system can be out of names while it has bytes. */
  private openSegment(): number {
    const path = join(this.dir, segmentName(this.stream, this.offset))
    let fd = openFd(path, Open.WRONLY | Open.CREAT)
    while (FULL.has(fd) && !this.waitOnFull && this.dropOldest('disk')) {
      fd = openFd(path, Open.WRONLY | Open.CREAT)
    }
    if (fd < 0) return fd
    this.takeSegment(fd)
    this.segments.push({ path, from: this.offset })
    this.keepCap()
    return fd
  }

  private keepCap(): void {
    for (;;) {
      const kept = this.offset - (this.segments[0]?.from ?? this.offset)
      if (kept + this.segmentBytes <= this.maxBytes + SMALLEST_SEGMENT || !this.dropOldest('cap')) return
    }
  }

  private lookAtSpace(): void {
    this.sinceLook = 0
    // Who would rather be held back than lose output goes to the very end of the disk.
    if (this.waitOnFull) return
    const fs = statfsSync(this.dir)
    this.floorBytes ??= Math.min(FLOOR_BYTES, fs.blocks * fs.bsize * FLOOR_SHARE)
    for (let free = fs.bavail * fs.bsize; free < this.floorBytes; free = freeBytes(this.dir)) {
      if (this.dropOldest('disk')) continue
      this.startDropping()
      return
    }
  }

  private startDropping(): void {
    this.retryAtMonoMs = monotonicMs() + RETRY_MS
    if (this.droppingFrom !== null) return
    this.droppingFrom = this.offset
    this.takeSegment(mustOpenFd('/dev/null', Open.WRONLY))
    const last = this.segments.at(-1)
    // Nothing went to it: it is where the hole ends.
    if (last?.from === this.offset) this.holeEnd = this.segments.pop()?.path ?? null
    else this.stateHole()
    this.facts.onDisk('disk_full', { stream: this.stream, droppedBytes: 0 })
  }

  /** By renaming, for which a full disk has room: whoever comes after a SIGKILL counts on from there. */
  private stateHole(): void {
    if (this.droppingFrom === null) return
    const path = join(this.dir, segmentName(this.stream, this.offset))
    if (path === this.holeEnd) return
    if (this.holeEnd === null) {
      const fd = openFd(path, Open.WRONLY | Open.CREAT)
      if (fd < 0) return
      closeFd(fd)
    } else renameSync(this.holeEnd, path)
    this.holeEnd = path
  }

  /** A new segment after the hole, once the disk has shown that it takes bytes again. */
  private tryAgain(): void {
    if (!takesBytes(join(this.dir, `.${this.stream}.probe`))) {
      this.retryAtMonoMs += RETRY_MS
      return
    }
    this.stateHole()
    if (this.openSegment() < 0) {
      this.retryAtMonoMs += RETRY_MS
      return
    }
    const from = this.droppingFrom ?? this.offset
    this.droppingFrom = null
    this.holeEnd = null
    this.facts.onDisk('disk_ok', { stream: this.stream, droppedBytes: this.offset - from })
  }
}

const APPEND = 0o2000
const FULL: ReadonlySet<number> = new Set([-Errno.ENOSPC, -Errno.EDQUOT])
/** Comes back by itself, and is no fault of the disk: nothing is lost for it. */
const LACKING: ReadonlySet<number> = new Set([-Errno.EMFILE, -Errno.ENFILE, -Errno.ENOMEM, -Errno.EINTR])
/** What a run that may lose nothing waits for. */
const HELD_BY: ReadonlySet<number> = new Set([...FULL, ...LACKING, -Errno.EIO, -Errno.EROFS])
const PROBE_BYTES = 64 * 1024

/** Tried with a file that no reader looks at, and that is gone again afterwards. */
function takesBytes(path: string): boolean {
  let fd: number
  try {
    fd = openSync(path, 'w', 0o600)
  } catch (error) {
    if (isErrno(error, 'ENOSPC', 'EDQUOT', 'EROFS', 'EIO')) return false
    throw error
  }
  try {
    const written = writeSync(fd, Buffer.alloc(PROBE_BYTES))
    return written === PROBE_BYTES && fstatSync(fd).size === PROBE_BYTES
  } catch (error) {
    if (isErrno(error, 'ENOSPC', 'EDQUOT', 'EIO')) return false
    throw error
  } finally {
    closeSync(fd)
    unlinkSync(path)
  }
}

function freeBytes(dir: string): number {
  const fs = statfsSync(dir)
  return fs.bavail * fs.bsize
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
