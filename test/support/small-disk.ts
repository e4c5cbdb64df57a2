import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isErrno } from '../../src/platform/files/errno.ts'

const run = (...argv: string[]): void => {
  const { exitCode, stderr } = Bun.spawnSync(argv)
  if (exitCode !== 0) throw new Error(`${argv.join(' ')}: ${stderr.toString()}`)
}

/** Whether this process may mount file systems and make namespaces: root outside a closed container. */
export const canMount = process.getuid?.() === 0 && Bun.spawnSync(['unshare', '-m', 'true']).exitCode === 0

/** A file system of a few MB, unmounted at the end of its scope. */
export class SmallDisk implements Disposable {
  readonly dir = mkdtempSync(join(tmpdir(), 'd-'))
  private readonly ballast = join(this.dir, 'ballast')

  constructor(options: { megabytes: number; inodes?: number }) {
    const inodes = options.inodes === undefined ? '' : `,nr_inodes=${options.inodes}`
    run('mount', '-t', 'tmpfs', '-o', `size=${options.megabytes}m${inodes}`, 'fettle-test', this.dir)
  }

  get freeBytes(): number {
    const { bfree, bsize } = statfsSync(this.dir)
    return bfree * bsize
  }

  /** Takes all that is free, or all but so much; more of it when called again. */
  fill(options: { butBytes: number } = { butBytes: 0 }): void {
    for (let bytes = this.freeBytes - options.butBytes; bytes > 0; bytes -= 4096) {
      try {
        appendFileSync(this.ballast, Buffer.alloc(bytes))
        return
      } catch (error) {
        if (!isErrno(error, 'ENOSPC')) throw error
      }
    }
  }

  /** Takes all names for files that are left, and answers what gives them back. */
  takeNames(): () => void {
    const names: string[] = []
    try {
      for (;;) {
        const name = join(this.dir, `name-${names.length}`)
        writeFileSync(name, '')
        names.push(name)
      }
    } catch (error) {
      if (!isErrno(error, 'ENOSPC')) throw error
    }
    return () => {
      for (const name of names) rmSync(name)
    }
  }

  /** Frees so many bytes of what `fill` has taken. */
  give(bytes: number): void {
    truncateSync(this.ballast, statSync(this.ballast).size - bytes)
  }

  empty(): void {
    rmSync(this.ballast)
  }

  [Symbol.dispose](): void {
    run('umount', '-l', this.dir)
    if (readdirSync(this.dir).length === 0) rmSync(this.dir, { recursive: true })
  }
}
