import { closeSync, constants, openSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { Fcntl, Open } from '../../src/platform/linux/constants.ts'
import { closeFd } from '../../src/platform/linux/descriptor.ts'
import { libc } from '../../src/platform/linux/libc.ts'
import { openPty } from '../../src/platform/linux/pty.ts'
import { epochMs } from '../harness/gate.ts'
import type { Scratch } from '../harness/scratch.ts'
import { warmMemory } from '../harness/warm-memory.ts'

export interface MasterCapture {
  readonly seconds: number
  readonly cpu: number
}

/** What nobody can beat: the kernel's terminal with a plain `cat` reading its master into a file. */
export async function captureByCatOnMaster(
  scratch: Scratch,
  job: { readonly files: string; readonly bytes: number },
): Promise<MasterCapture> {
  const dir = scratch.folder()
  const env = scratch.env(dir)
  const path = join(dir, 'out')
  const master = openPty({ rows: 30, cols: 120 })
  // Ours are made for poll; cat wants to wait in read.
  libc.fcntl(master.fd, Fcntl.SETFL, libc.fcntl(master.fd, Fcntl.GETFL, 0) & ~Open.NONBLOCK)
  const slave = openSync(master.slave, constants.O_RDWR | constants.O_NOCTTY)
  const out = openSync(path, 'w')
  // It ends with EIO, as every reader of a master does when the last writer is gone.
  const reader = Bun.spawn(['cat'], { env, stdin: master.fd, stdout: out, stderr: 'ignore' })
  closeFd(master.fd)
  closeSync(out)
  warmMemory(scratch, job.bytes)
  const beganAtMs = epochMs()
  const writer = Bun.spawn(['sh', '-c', `cat ${job.files}`], {
    env,
    stdin: 'ignore',
    stdout: slave,
    stderr: slave,
  })
  closeSync(slave)
  await Promise.all([writer.exited, reader.exited])
  const seconds = (epochMs() - beganAtMs) / 1000
  const { size } = statSync(path)
  unlinkSync(path)
  if (size !== job.bytes) throw new Error(`cat took ${size} bytes of ${job.bytes} from the terminal`)
  return { seconds, cpu: Number(reader.resourceUsage()?.cpuTime.total ?? 0) / 1e6 }
}
