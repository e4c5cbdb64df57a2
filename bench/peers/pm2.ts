import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { timeCommand, type CommandResult } from '../harness/command.ts'
import type { Scratch } from '../harness/scratch.ts'
import type { Peer } from './find-peers.ts'

/** A pm2 daemon of its own. */
export class Pm2 implements AsyncDisposable {
  readonly dir: string
  private readonly scratch: Scratch
  private readonly peer: Peer
  private readonly env: Readonly<Record<string, string>>

  static start(scratch: Scratch, peer: Peer): Pm2 {
    const pm2 = new Pm2(scratch, peer)
    pm2.run('ping')
    return pm2
  }

  private constructor(scratch: Scratch, peer: Peer) {
    this.scratch = scratch
    this.peer = peer
    this.dir = scratch.folder()
    const env = scratch.env(this.dir)
    const nodeDir = dirname(Bun.which('node') ?? '/usr/bin/node')
    this.env = {
      ...env,
      PATH: `${nodeDir}:${env['PATH'] ?? ''}`,
      PM2_HOME: this.dir,
      PM2_DISCRETE_MODE: 'true',
    }
  }

  run(...args: string[]): CommandResult {
    return timeCommand([this.peer.command, ...args], { env: this.env })
  }

  daemonPid(): number {
    return Number(readFileSync(join(this.dir, 'pm2.pid'), 'utf8'))
  }

  /** A file that names so many jobs, each the same script of `sh`, not started again when it ends. */
  jobsFile(count: number, script: string): string {
    const apps = Array.from({ length: count }, (_, i) => ({
      name: `j${i}`,
      script: '/bin/sh',
      args: ['-c', script],
      interpreter: 'none',
      autorestart: false,
    }))
    const path = join(this.dir, 'jobs.json')
    writeFileSync(path, JSON.stringify({ apps }))
    return path
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scratch.end(this.dir)
  }
}
