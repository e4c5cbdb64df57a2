import { readFileSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../harness/command.ts'
import { epochMs } from '../harness/gate.ts'
import type { Scratch } from '../harness/scratch.ts'
import { warmMemory } from '../harness/warm-memory.ts'

export interface ShellCapture {
  readonly seconds: number
  /** CPU of the reading `cat` alone, seconds. */
  readonly cpu: number
}

/** `cat FILES | cat > file` in bash, whose `time` gives what wait4 says of the second one. */
export async function captureByShell(
  scratch: Scratch,
  job: { readonly files: string; readonly bytes: number },
): Promise<ShellCapture> {
  const dir = scratch.folder()
  const [out, begin, cpu] = [join(dir, 'out'), join(dir, 'begin'), join(dir, 'cpu')]
  const script = `TIMEFORMAT='%3U %3S'; date +%s%N > ${begin}; cat ${job.files} | { time cat > ${out}; } 2> ${cpu}`
  warmMemory(scratch, job.bytes)
  await runCommand(['bash', '-c', script], { env: scratch.env(dir) })
  const endedAtMs = epochMs()
  const { size } = statSync(out)
  if (size !== job.bytes) throw new Error(`the shell's pipe took ${size} bytes of ${job.bytes}`)
  unlinkSync(out)
  const [user = 0, system = 0] = readFileSync(cpu, 'utf8').trim().split(' ').map(Number)
  return { seconds: (endedAtMs - Number(readFileSync(begin, 'utf8')) / 1e6) / 1000, cpu: user + system }
}
