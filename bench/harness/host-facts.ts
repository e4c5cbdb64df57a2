import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { binaryPath } from './binary.ts'
import type { Peers } from '../peers/find-peers.ts'
import type { Scratch } from './scratch.ts'
import { quantile } from './statistics.ts'

/** What the figures depend on and nobody can see in them. */
export interface HostFacts {
  readonly date: string
  readonly kernel: string
  readonly cores: number
  readonly cpu: string
  readonly memoryGb: number
  /** Of the folder in which everything is measured: 4 kB written, then fsync, median. */
  readonly fsyncMs: number
  /** First touch of a fresh page: what each new process pays many thousand times. */
  readonly pageFaultUs: number
  readonly loadBefore: number
  readonly versions: Readonly<Record<string, string>>
}

const FSYNCS = 51
const PAGE_BYTES = 4096
const PAGES = 16_384

export function readHostFacts(scratch: Scratch, peers: Peers): HostFacts {
  const version = Bun.spawnSync([binaryPath, 'version'], { stdin: 'ignore' }).stdout.toString().trim()
  return {
    date: new Date().toISOString().slice(0, 10),
    kernel: release(),
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGb: totalmem() / 1e9,
    loadBefore: loadavg()[0] ?? Number.NaN,
    fsyncMs: timeFsync(scratch.folder()),
    pageFaultUs: timePageFault(),
    versions: {
      fettle: version.replace(/^fettle /, '').split('\n')[0] ?? 'unknown',
      bun: Bun.version,
      tmux: peers.tmux?.version ?? 'missing',
      pm2: peers.pm2?.version ?? 'missing',
      supervisord: peers.supervisord?.version ?? 'missing',
      cat: /\d+\.\d+/.exec(Bun.spawnSync(['cat', '--version']).stdout.toString())?.[0] ?? 'unknown',
    },
  }
}

function timeFsync(folder: string): number {
  const fd = openSync(join(folder, 'f'), 'w')
  const page = Buffer.alloc(PAGE_BYTES, 1)
  const times: number[] = []
  for (let i = 0; i < FSYNCS; i++) {
    const startedMs = performance.now()
    writeSync(fd, page)
    fsyncSync(fd)
    times.push(performance.now() - startedMs)
  }
  closeSync(fd)
  return quantile(times, 0.5)
}

function timePageFault(): number {
  const faultsBefore = readMinorFaults()
  const fresh = new Uint8Array(PAGES * PAGE_BYTES)
  const startedMs = performance.now()
  for (let at = 0; at < fresh.length; at += PAGE_BYTES) fresh[at] = 1
  const elapsedUs = (performance.now() - startedMs) * 1000
  // Huge pages make one fault of many: what counts is the faults that were really taken.
  return elapsedUs / Math.max(1, readMinorFaults() - faultsBefore)
}

function readMinorFaults(): number {
  const text = readFileSync('/proc/self/stat', 'latin1')
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[7])
}
