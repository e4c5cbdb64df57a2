import type { BenchHome, JobRequest } from '../fettle/bench-home.ts'
import { capturedBytes, removeCaptured } from '../fettle/captured.ts'
import { EventWatch } from '../fettle/event-watch.ts'
import { keeperOf } from '../fettle/keeper-of.ts'
import { epochMs, GatedScript } from '../harness/gate.ts'
import { readWork, workBetween, workSinceStart } from '../harness/process-readings.ts'
import type { Scratch } from '../harness/scratch.ts'
import { until } from '../harness/until.ts'
import { warmMemory } from '../harness/warm-memory.ts'

export interface CaptureJob {
  /** For `cat`, with spaces. */
  readonly files: string
  /** What has to arrive. */
  readonly bytes: number
  readonly pty?: boolean
  /** Print one more line at the end and have it watched for. */
  readonly watch?: boolean
}

export interface FettleCapture {
  readonly seconds: number
  readonly keeperCpu: number
  /** Anchor and daemon together, seconds. */
  readonly othersCpu: number
  /** From the last byte's rest on disk to the event of the match. */
  readonly lagMs: number | null
}

const NEEDLE = 'needle at the end of a long log'

/** One job that prints everything at once; every byte is counted. */
export async function captureByFettle(
  home: BenchHome,
  scratch: Scratch,
  job: CaptureJob,
): Promise<FettleCapture> {
  const needle = job.watch === true ? `; echo ${NEEDLE}` : ''
  const script = new GatedScript(scratch.folder(), `cat ${job.files}${needle}`)
  const bytes = job.bytes + (job.watch === true ? NEEDLE.length + 1 : 0)
  await using matches = job.watch === true ? new EventWatch(home, ['watch_matched']) : null
  const { anchor, daemon } = home.processes()
  const others = [anchor, daemon].filter((pid) => pid !== null)
  const othersBefore = readWork(others)
  warmMemory(scratch, job.bytes)
  const { id } = await home.start(toRequest(job, script.text, bytes))
  const dir = home.outputDir(id)
  await script.ended()
  await until(() => capturedBytes(dir) >= bytes, { what: 'all output to be captured', everyMs: 1 })
  const doneAtMs = epochMs()
  const matchedAtMs = (await matches?.of(id)) ?? null
  const keeperCpu = workSinceStart([await keeperOf(home, id)]).cpuMs / 1000
  const othersCpu = workBetween(othersBefore, readWork(others)).cpuMs / 1000
  const captured = capturedBytes(dir)
  if (captured !== bytes) throw new Error(`captured ${captured} bytes of ${bytes}`)
  script.release()
  await home.client.call('waitJob', { params: { job: id } })
  removeCaptured(dir)
  const seconds = (doneAtMs - script.beganAtMs()) / 1000
  return { seconds, keeperCpu, othersCpu, lagMs: matchedAtMs === null ? null : matchedAtMs - doneAtMs }
}

function toRequest(job: CaptureJob, script: string, bytes: number): JobRequest {
  return {
    argv: ['sh', '-c', script],
    limits: { maxOutputBytes: 2 * bytes },
    ...(job.pty === true ? { pty: true } : {}),
    ...(job.watch === true ? { watch: { patterns: [NEEDLE] } } : {}),
  }
}
