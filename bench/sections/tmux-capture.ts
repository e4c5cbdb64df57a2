import { existsSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { descendantsOf, listProcesses } from '../../src/platform/linux/processes.ts'
import { epochMs, GatedScript } from '../harness/gate.ts'
import { readWork, workBetween, workSinceStart } from '../harness/process-readings.ts'
import type { Scratch } from '../harness/scratch.ts'
import { until } from '../harness/until.ts'
import { warmMemory } from '../harness/warm-memory.ts'
import type { Tmux } from '../peers/tmux.ts'

export interface TmuxCapture {
  readonly seconds: number
  /** The server and the `cat` that its pipe feeds, seconds. */
  readonly cpu: number
}

/** A window whose output also goes into a file: `pipe-pane`, tmux's own way of keeping all of it. */
export async function captureByTmux(
  tmux: Tmux,
  scratch: Scratch,
  job: { readonly files: string; readonly bytes: number },
): Promise<TmuxCapture> {
  const dir = scratch.folder()
  const out = join(dir, 'out')
  const start = join(dir, 'start')
  const script = new GatedScript(dir, `cat ${job.files}`)
  const text = `while [ ! -e ${start} ]; do sleep 0.01; done; ${script.text}`
  const window = tmux.run('new-window', '-d', '-P', '-F', '#{window_id}', text).stdout.trim()
  tmux.run('pipe-pane', '-t', window, `exec cat > ${out}`)
  await until(() => existsSync(out), { what: "tmux's pipe" })
  const server = tmux.serverPid()
  warmMemory(scratch, job.bytes)
  const before = readWork([server])
  await Bun.write(start, '')
  await script.ended()
  await until(() => statSync(out).size >= job.bytes, { what: 'tmux to write all output', everyMs: 1 })
  const seconds = (epochMs() - script.beganAtMs()) / 1000
  const serverCpu = workBetween(before, readWork([server])).cpuMs
  const readers = descendantsOf(new Set([server]), listProcesses()).filter(({ command }) => command === 'cat')
  const readerCpu = workSinceStart(readers.map(({ pid }) => pid)).cpuMs
  tmux.run('kill-window', '-t', window)
  unlinkSync(out)
  return { seconds, cpu: (serverCpu + readerCpu) / 1000 }
}
