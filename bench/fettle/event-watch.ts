import type { FettleEvent } from '../../src/client/index.ts'
import { epochMs } from '../harness/gate.ts'
import type { BenchHome } from './bench-home.ts'

/** Live events of some kinds, with the time at which this process had each in hand. */
export class EventWatch implements AsyncDisposable {
  private readonly told = new AbortController()
  private readonly seen = new Map<string, number>()
  private readonly waiting = new Map<string, (atMs: number) => void>()
  private readonly ended: Promise<void>

  constructor(home: BenchHome, kinds: readonly string[]) {
    this.ended = this.follow(home, kinds)
  }

  /** Epoch ms at which the job's first event of these kinds came. */
  async of(jobId: string): Promise<number> {
    const seenAtMs = this.seen.get(jobId)
    if (seenAtMs !== undefined) return seenAtMs
    const { promise, resolve } = Promise.withResolvers<number>()
    this.waiting.set(jobId, resolve)
    return await promise
  }

  private async follow(home: BenchHome, kinds: readonly string[]): Promise<void> {
    for await (const event of home.events({ kinds, signal: this.told.signal })) this.onEvent(event, epochMs())
  }

  private onEvent({ jobId }: FettleEvent, atMs: number): void {
    if (jobId === null || this.seen.has(jobId)) return
    this.seen.set(jobId, atMs)
    this.waiting.get(jobId)?.(atMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.told.abort()
    await this.ended
  }
}
