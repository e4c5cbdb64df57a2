import { expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { fettleBinary } from '../support/binary.ts'
import { CliHome } from '../support/cli-home.ts'
import { gone, readPidFile } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { join } from 'node:path'

const SCRIPT = 'sleep 1000 & echo $! > one.new; sleep 1001 & mv one.new one; exit 0'

test.each(['keep', 'report'])('%s: what an ended job has left is listed, stopped, and told', async (mode) => {
  await using cli = new CliHome()
  await cli.ok('run', '--wait', '--name', 'left', '--leftovers', mode, '--', 'sh', '-c', SCRIPT)
  const pid = await readPidFile(join(cli.work, 'one'))
  expect(await cli.ok('ps', '--live')).toContain('exit 0 +2 left')
  expect(await cli.ok('ps')).toContain('exit 0 +2 left')
  // A daemon that came later knows the run from disk only.
  await cli.ok('daemon', 'restart')
  const said = await cli.ok('kill', 'left', '--grace', '5s')
  expect(said).toContain('had ended before')
  expect(said).toContain('2 processes it had left were ended')
  expect(said).toContain(`${pid.pid} sleep 1000`)
  await gone(pid)
  expect(await cli.ok('ps', '--live')).not.toContain('left')
  expect(await cli.ok('ps')).not.toContain('+2 left')
  const why = await cli.ok('why', 'left')
  expect(why.split('\n')[0]).toContain('exited with code 0')
  expect(why).toContain('stop of 2 processes left by run 1 asked')
  expect(await cli.ok('kill', 'left')).toContain('had ended before')
})

test('what is left and ignores SIGTERM is killed at the end of the grace', async () => {
  await using cli = new CliHome()
  const script =
    "sh -c 'trap : TERM; echo $$ > pid.new; mv pid.new pid; while :; do sleep 1000; done' & exit 4"
  await cli.run(['run', '--wait', '--name', 'deaf', '--leftovers', 'keep', '--', 'sh', '-c', script])
  const pid = await readPidFile(join(cli.work, 'pid'))
  expect(await until(async () => await cli.ok('kill', 'deaf', '--grace', '200ms'))).toContain('were ended')
  await gone(pid)
})

test('what an earlier run has left is shown, is of the job still, and ends with it', async () => {
  await using cli = new CliHome()
  const script =
    'cd "$0" && if [ -e two ]; then exit 0; fi; setsid sleep 1000 & until grep -q sleep /proc/$!/comm; do :; done; echo $! > one.new; mv one.new one; touch two'
  await cli.ok('run', '--wait', '--name', 'again', '--leftovers', 'keep', '--', 'sh', '-c', script, cli.work)
  const pid = await readPidFile(join(cli.work, 'one'))
  await cli.ok('restart', 'again')
  await cli.ok('wait', 'again')
  expect(await cli.ok('ps')).toContain('exit 0 +1 left')
  expect(await cli.ok('status', 'again')).toContain(`left over ${pid.pid} sleep 1000 (of run 1)`)
  expect(await cli.ok('kill', 'again')).toContain(`${pid.pid} sleep 1000 (of run 1)`)
  await gone(pid)
  expect(await cli.ok('status', 'again')).not.toContain('left over')
})

test('a process that an earlier run has left acts for its job, and not for a person', async () => {
  await using cli = new CliHome()
  await cli.ok('run', '--name', 'other', '--owner', 'bob', '--', 'sleep', '1000')
  const asked = `while [ ! -e go ]; do sleep 0.05; done; ${fettleBinary()} kill other > said 2>&1; echo $? > code.new; mv code.new code; sleep 1000`
  const script = 'cd "$0" && [ -e two ] || { setsid sh -c "$1" & touch two; }'
  await cli.ok(
    'run',
    '--wait',
    '--name',
    'left',
    '--leftovers',
    'keep',
    '--',
    'sh',
    '-c',
    script,
    cli.work,
    asked,
  )
  await cli.ok('restart', 'left')
  await cli.ok('wait', 'left')
  // A daemon that came later knows the run from disk only.
  await cli.ok('daemon', 'restart')
  writeFileSync(join(cli.work, 'go'), '')
  expect((await until(() => cli.read('code'))).trim()).toBe('7')
  expect(cli.read('said')).toContain('it belongs to "bob"')
  await cli.ok('kill', 'left', 'other')
})
