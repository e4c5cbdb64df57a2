import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runCommand } from '../harness/command.ts'
import type { Scratch } from '../harness/scratch.ts'
import { until } from '../harness/until.ts'
import type { Peer } from './find-peers.ts'

/** A supervisord of its own with so many programs, none of them started. */
export class Supervisord implements AsyncDisposable {
  readonly dir: string
  private readonly scratch: Scratch
  private readonly peer: Peer
  private readonly conf: string
  private readonly env: Readonly<Record<string, string>>

  static async start(
    scratch: Scratch,
    peer: Peer,
    jobs: { readonly count: number; readonly script: string },
  ): Promise<Supervisord> {
    const supervisord = new Supervisord(scratch, peer)
    writeFileSync(supervisord.conf, toConfiguration(supervisord.dir, jobs))
    await runCommand([peer.command, '-c', supervisord.conf], { env: supervisord.env })
    await until(() => supervisord.isUp(), { what: 'supervisord', everyMs: 50 })
    return supervisord
  }

  private constructor(scratch: Scratch, peer: Peer) {
    this.scratch = scratch
    this.peer = peer
    this.dir = scratch.folder()
    this.env = scratch.env(this.dir)
    this.conf = join(this.dir, 'c')
  }

  /** Its exit code says how the programs are, not whether the command worked. ms. */
  control(...args: string[]): number {
    const command = join(dirname(this.peer.command), 'supervisorctl')
    const startedMs = performance.now()
    Bun.spawnSync([command, '-c', this.conf, ...args], { env: { ...this.env }, stdin: 'ignore' })
    return performance.now() - startedMs
  }

  private isUp(): boolean {
    return existsSync(join(this.dir, 's'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scratch.end(this.dir)
  }
}

function toConfiguration(dir: string, { count, script }: { count: number; script: string }): string {
  const programs = Array.from(
    { length: count },
    (_, i) =>
      `[program:j${i}]\ncommand=/bin/sh -c "${script.replaceAll('%', '%%')}"\nautostart=false\nautorestart=false\nstartsecs=0\n`,
  )
  // As root it asks to be told that this is meant; as anybody else it must not be told.
  const asRoot = process.getuid?.() === 0 ? 'user=root\n' : ''
  return [
    `[unix_http_server]\nfile=${dir}/s\n`,
    `[supervisord]\nlogfile=${dir}/log\npidfile=${dir}/pid\nchildlogdir=${dir}\n${asRoot}`,
    '[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n',
    `[supervisorctl]\nserverurl=unix://${dir}/s\n`,
    ...programs,
  ].join('\n')
}
