import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from './until.ts'

const NS_PER_MS = 1e6

/**
 * A script that notes when it begins and when it has printed everything, and then waits to be let go, so that who
 * captured its output is still there to be looked at.
 */
export class GatedScript {
  private readonly begin: string
  private readonly end: string
  private readonly gate: string
  readonly text: string

  constructor(dir: string, body: string) {
    this.begin = join(dir, 'begin')
    this.end = join(dir, 'end')
    this.gate = join(dir, 'gate')
    const wait = `while [ ! -e ${this.gate} ]; do sleep 0.1; done`
    this.text = `date +%s%N > ${this.begin}; ${body}; date +%s%N > ${this.end}; ${wait}`
  }

  async ended(deadlineMs = 300_000): Promise<void> {
    await until(() => existsSync(this.end), {
      what: 'a producer to print everything',
      deadlineMs,
      everyMs: 1,
    })
  }

  /** Epoch ms, with fractions. */
  beganAtMs(): number {
    return Number(readFileSync(this.begin, 'utf8')) / NS_PER_MS
  }

  release(): void {
    writeFileSync(this.gate, '')
  }
}

/** Epoch ms with fractions, on the same clock as `date`. */
export function epochMs(): number {
  return performance.timeOrigin + performance.now()
}
