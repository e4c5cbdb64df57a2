import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { writeAtomic } from '../../src/platform/files/write-atomic.ts'
import { fixture } from './fixture.ts'

export const DAY_MS = 86_400_000

/**
 * A wall clock that can be stepped, for what is started through its wrapper. A library in front of the C library's adds
 * to the time of day; the machine's own clock, which everybody shares, is left alone. Needs root, for the namespace.
 */
export class SteppedClock implements Disposable {
  private readonly dir = mkdtempSync(join(tmpdir(), 'k-'))
  private readonly file = join(this.dir, 'ahead')
  /** Comes before a program and its argv. */
  readonly wrapper: readonly string[]

  constructor() {
    const library = join(this.dir, 'clock.so')
    const source = join(dirname(import.meta.dirname), 'fixtures', 'stepped-clock.c')
    const compiler = Bun.which('tcc') ?? 'cc'
    const argv = [compiler, '-shared', '-fPIC', `-DCLOCK_FILE="${this.file}"`, '-o', library, source]
    const { exitCode, stderr } = Bun.spawnSync(argv)
    if (exitCode !== 0) throw new Error(stderr.toString())
    this.wrapper = ['unshare', '-m', ...fixture('stepped-clock', library)]
  }

  /** How far it is ahead of the real one from now on. */
  step(aheadMs: number): void {
    writeAtomic(this.file, String(Math.round(aheadMs / 1000)))
  }

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true })
  }
}
