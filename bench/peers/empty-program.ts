import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { timeCommand } from '../harness/command.ts'
import type { Scratch } from '../harness/scratch.ts'

/**
 * A program that does nothing, compiled as fettle is: what starting the runtime costs before fettle's first line.
 * No command of fettle can be faster.
 */
export class EmptyProgram {
  private readonly command: string
  private readonly env: Readonly<Record<string, string>>

  constructor(scratch: Scratch) {
    const dir = scratch.folder()
    this.env = scratch.env(dir)
    this.command = join(dir, 'empty')
    const source = join(dir, 'empty.ts')
    writeFileSync(source, 'process.exit(0)\n')
    const how = ['--compile', '--bytecode', '--format=esm', '--minify', '--no-compile-autoload-bunfig']
    timeCommand([process.execPath, 'build', ...how, source, '--outfile', this.command], { env: this.env })
  }

  /** ms from start to end. */
  run(): number {
    return timeCommand([this.command], { env: this.env }).elapsedMs
  }
}
