// The disk of the home is full: jobs run on, are shown and can be stopped; what is refused leaves nothing behind.

import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import { isRecord } from '../../src/core/errors.ts'
import { CliHome } from '../support/cli-home.ts'
import { canMount, SmallDisk } from '../support/small-disk.ts'
import { until } from '../support/until.ts'

test.skipIf(!canMount)(
  'a start is refused without a trace, a job is killed, and all is on record afterwards',
  async () => {
    using disk = new SmallDisk({ megabytes: 16 })
    await using cli = new CliHome()
    const home = join(disk.dir, 'h')
    mkdirSync(home, { mode: 0o700 })
    disk.fill({ butBytes: 8e6 })
    const env = { FETTLE_HOME: home }
    const fettle = async (...args: string[]) => await cli.run(args, { env })
    try {
      expect(
        (await fettle('run', '--name', 'big', '--', 'sh', '-c', 'seq 1 2000000; exec sleep 1000')).code,
      ).toBe(0)
      await until(
        async () => (await fettle('status', 'big', '--json')).out.includes('"droppedBytes":0') === false,
        {
          what: 'the disk to be full of output',
        },
      )
      disk.fill()
      expect(disk.freeBytes).toBe(0)

      const refused = await fettle('run', '--name', 'late', '--', 'true')
      expect(refused.code).toBe(1)
      expect(refused.err).toContain('ENOSPC')
      const ps = await fettle('ps')
      expect(ps.err).toBe('')
      expect(ps.out).not.toContain('late')
      const [host = ''] = readdirSync(join(home, 'state')).filter((name) => name !== 'host-id')
      expect(readdirSync(join(home, 'state', host, 'jobs'))).toHaveLength(1)

      // A daemon that dies now has a successor, which can be asked all the same.
      const { daemonPid } = await pids(cli, env)
      process.kill(daemonPid, 'SIGKILL')
      await until(async () => (await pids(cli, env)).daemonPid !== daemonPid)

      // Its own output makes room for its end.
      const killed = await fettle('kill', 'big')
      expect(killed).toMatchObject({ code: 0, err: '' })
      expect((await fettle('ps')).out).toContain('stopped SIGTERM')

      disk.empty()
      expect((await fettle('run', '--wait', '--', 'sh', '-c', 'exit 3')).code).toBe(3)
      await until(async () => (await fettle('why', 'big')).out.includes('stop of run 1 asked'))
    } finally {
      await fettle('kill', '--all', '--yes')
      await fettle('daemon', 'stop')
    }
  },
)

async function pids(cli: CliHome, env: Record<string, string>): Promise<{ daemonPid: number }> {
  const value: unknown = JSON.parse((await cli.run(['daemon', 'status', '--json'], { env })).out)
  if (!isRecord(value) || typeof value['pid'] !== 'number') throw new Error('the daemon does not answer')
  return { daemonPid: value['pid'] }
}
