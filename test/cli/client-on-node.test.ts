// The typed client is a library: the same calls from Node as from Bun, over each one's own transport.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import { isRecord } from '../../src/core/errors.ts'
import { CliHome } from '../support/cli-home.ts'

const root = join(import.meta.dirname, '..', '..')

const PROGRAM = `
import { FettleClient, followEvents, FettleError } from './client.mjs'
const [socketPath, cwd] = process.argv.slice(2)
const client = new FettleClient({ socketPath })
const caller = { umask: 18, nice: 0, openFiles: [1024, 4096] }
const stop = new AbortController()
const followed = (async () => {
  const kinds = []
  for await (const event of followEvents({ socketPath, after: 0, signal: stop.signal })) {
    kinds.push(event.kind)
    if (event.kind === 'run_ended') stop.abort()
  }
  return kinds
})()
const body = { argv: ['sh', '-c', 'echo said; exit 5'], cwd, env: { PATH: process.env.PATH }, owner: 'tester', caller }
const { job } = await client.call('startJob', { body })
const { job: ended } = await client.call('waitJob', { params: { job: job.id }, query: { timeoutMs: 20000 } })
const { text } = await client.call('logs', { params: { job: job.id } })
const refused = await client.call('getJob', { params: { job: 'nobody' } }).catch((error) => error)
client.close()
const nowhere = new FettleClient({ socketPath: socketPath + '.none' })
const away = await nowhere.call('listJobs').catch((error) => error)
console.log(JSON.stringify({
  runtime: 'bun' in process.versions ? 'bun' : 'node',
  code: ended.outcome.code,
  text,
  refused: [refused instanceof FettleError, refused.code],
  away: [away instanceof FettleError, away.code, away.data.sent],
  followed: await followed,
}))
`

test.each(['node', 'bun'])(
  'a program of %s starts, waits, reads, follows and is refused',
  async (runtime) => {
    await using cli = new CliHome()
    const built = await Bun.build({
      entrypoints: [join(root, 'src', 'client', 'index.ts')],
      target: 'node',
      outdir: cli.work,
      naming: '[dir]/client.mjs',
    })
    expect(built.success).toBe(true)
    writeFileSync(join(cli.work, 'program.mjs'), PROGRAM)
    await cli.ok('daemon', 'start')
    const { daemonSocket } = await cli.json('paths')
    const command = runtime === 'bun' ? process.execPath : runtime
    const child = Bun.spawn([command, join(cli.work, 'program.mjs'), String(daemonSocket), cli.work], {
      env: cli.env,
      stdout: 'pipe',
      stderr: 'pipe',
      timeout: 30_000,
    })
    const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
    expect(err).toBe('')
    const said: unknown = JSON.parse(out)
    expect(said).toMatchObject({
      runtime,
      code: 5,
      text: 'said\n',
      refused: [true, 'job_not_found'],
      away: [true, 'daemon_unreachable', false],
    })
    const followed = isRecord(said) ? said['followed'] : null
    for (const kind of ['job_created', 'run_started', 'run_ended']) expect(followed).toContain(kind)
  },
)

test('what the environment of a caller asks of the runtime prints no request: it holds the secrets of a job', async () => {
  await using cli = new CliHome()
  for (const how of ['1', 'curl']) {
    const env = {
      BUN_CONFIG_VERBOSE_FETCH: how,
      HTTP_PROXY: 'http://127.0.0.1:9',
      API_TOKEN: 'not-for-anybody',
    }
    const { code, out, err } = await cli.run(['run', '--', 'true'], { env })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).not.toContain('not-for-anybody')
  }
})
