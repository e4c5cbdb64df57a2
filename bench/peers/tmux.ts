import { join } from 'node:path'
import { runCommand, timeCommand, type CommandResult } from '../harness/command.ts'
import type { Scratch } from '../harness/scratch.ts'
import type { Peer } from './find-peers.ts'

/** A tmux server of its own, without a configuration file. */
export class Tmux implements AsyncDisposable {
  readonly dir: string
  private readonly scratch: Scratch
  private readonly argv: readonly string[]
  private readonly env: Readonly<Record<string, string>>

  static start(scratch: Scratch, peer: Peer): Tmux {
    const tmux = new Tmux(scratch, peer)
    tmux.run('new-session', '-d', '-s', 'main', '-x', '120', '-y', '30', 'exec sleep 1000000')
    return tmux
  }

  private constructor(scratch: Scratch, peer: Peer) {
    this.scratch = scratch
    this.dir = scratch.folder()
    this.env = scratch.env(this.dir)
    this.argv = [peer.command, '-S', join(this.dir, 't'), '-f', '/dev/null']
  }

  /** One tmux command, blocking. */
  run(...args: string[]): CommandResult {
    return timeCommand([...this.argv, ...args], { env: this.env })
  }

  async runAsync(...args: string[]): Promise<string> {
    return await runCommand([...this.argv, ...args], { env: this.env })
  }

  serverPid(): number {
    return Number(this.run('display-message', '-p', '#{pid}').stdout)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scratch.end(this.dir)
  }
}
