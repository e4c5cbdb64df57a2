// Two viewers of one terminal, each on a terminal of another home's job: one is stopped, one is killed, and neither the job
// nor the other viewer notices.

import { expect, test } from 'bun:test'
import { isRecord } from '../../src/core/errors.ts'
import { FettleClient } from '../../src/client/client.ts'
import { CliHome } from '../support/cli-home.ts'
import { fixture } from '../support/fixture.ts'
import { until } from '../support/until.ts'

/** A home whose jobs are viewers of another home's terminal. */
class Viewers {
  readonly cli = new CliHome()
  readonly #subject: CliHome

  constructor(subject: CliHome) {
    this.#subject = subject
  }

  async attach(name: string, size: string): Promise<void> {
    const home = String(this.#subject.env['FETTLE_HOME'])
    await this.cli.ok(
      'run',
      '--name',
      name,
      '--pty',
      size,
      '--',
      this.cli.binary,
      '--home',
      home,
      'attach',
      'term',
    )
    await this.sees(name, 'attached to term')
  }

  async sees(name: string, text: string): Promise<void> {
    await until(() => this.cli.ok('screen', name), {
      holds: (screen) => screen.includes(text),
      what: `${name} to see ${text}`,
    })
  }

  async types(name: string, line: string): Promise<void> {
    await this.cli.ok('send', name, line, '--enter')
  }

  async resize(name: string, size: { rows: number; cols: number }): Promise<void> {
    const { daemonSocket } = await this.cli.json('paths')
    using client = new FettleClient({ socketPath: String(daemonSocket) })
    await client.call('resizeJob', { params: { job: name }, query: { owner: 'tester' }, body: size })
  }

  async signal(name: string, signal: NodeJS.Signals): Promise<void> {
    // a frozen job is not well: its status is an exit code of 3
    const { out } = await this.cli.run(['status', name, '--json'])
    const job: unknown = JSON.parse(out)
    const run = isRecord(job) ? job['run'] : null
    if (!isRecord(run) || typeof run['pid'] !== 'number') throw new Error(`${name} does not run`)
    process.kill(run['pid'], signal)
  }
}

test('two viewers: both type, the last size counts, and one that is stopped or killed holds nobody up', async () => {
  await using cli = new CliHome()
  const viewers = new Viewers(cli)
  await using _ = viewers.cli
  await cli.ok('run', '--name', 'term', '--pty', '24x80', '--', ...fixture('screen'))
  await viewers.attach('small', '20x60')
  await viewers.sees('small', 'size 20 60')
  await viewers.attach('large', '30x100')
  await viewers.sees('large', 'size 30 100')
  await viewers.sees('small', 'size 30 100')
  await viewers.types('small', 'one')
  await viewers.sees('large', 'got <one>')
  await viewers.types('large', 'two')
  await viewers.sees('small', 'got <two>')
  await viewers.resize('small', { rows: 25, cols: 70 })
  await viewers.sees('large', 'size 25 70')

  await viewers.signal('small', 'SIGSTOP')
  await viewers.types('large', 'flood')
  await viewers.sees('large', 'got <flood>')
  await viewers.signal('large', 'SIGKILL')
  await cli.ok('send', 'term', 'three', '--enter')
  await until(async () => (await cli.ok('screen', 'term')).includes('got <three>'))
  await viewers.signal('small', 'SIGCONT')
  await viewers.sees('small', 'got <three>')
  await viewers.types('small', 'four')
  await viewers.sees('small', 'got <four>')

  const printed = await cli.ok('logs', 'term', '--all')
  const flood = Array.from({ length: 100_000 }, (_line, i) => `${i}\n`).join('')
  expect(printed.replaceAll('\r', '').includes(`${flood}flooded\ngot <flood>\n`)).toBe(true)
  await cli.ok('kill', 'term')
}, 180_000)
