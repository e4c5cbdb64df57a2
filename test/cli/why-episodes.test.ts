// What `fettle why` says first: the cause, who did it and how that is known; and every cause it names is an event.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'bun:test'
import { FettleClient } from '../../src/client/client.ts'
import { isRecord } from '../../src/core/errors.ts'
import { CliHome } from '../support/cli-home.ts'
import { findHomeProcesses, killProcess } from '../support/home-processes.ts'
import { until } from '../support/until.ts'

interface Episode {
  readonly name: string
  /** Lets it happen to the job `it`. */
  readonly happen: (cli: CliHome) => Promise<void>
  /** What the first line names. */
  readonly first: readonly string[]
}

const run = async (cli: CliHome, ...args: string[]): Promise<void> => {
  await cli.run(['run', '--name', 'it', ...args])
}
const ended = async (cli: CliHome): Promise<void> => {
  await cli.run(['wait', 'it', '--timeout', '30s'])
}

/** Stopped first, so that none of them replaces another or notes how it ended. */
async function killAtOnce(cli: CliHome): Promise<void> {
  await until(() => {
    const all = findHomeProcesses(cli.home.dir)
    for (const { pid } of all) if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGSTOP')
    for (const one of all) killProcess(one)
    return all.length === 0
  })
}

const EPISODES: readonly Episode[] = [
  {
    name: 'a deadline',
    happen: async (cli) => {
      await run(cli, '--deadline', '200ms', '--', 'sleep', '1000')
      await ended(cli)
    },
    first: ['deadline of 200ms', 'keeper', 'SIGTERM'],
  },
  {
    name: 'an idle limit',
    happen: async (cli) => {
      await run(cli, '--idle', '200ms', '--', 'sleep', '1000')
      await ended(cli)
    },
    first: ['no output came', 'keeper', 'SIGTERM'],
  },
  {
    name: 'too much memory',
    happen: async (cli) => {
      const hog = 'x = b"x" * 80_000_000; import time; time.sleep(1000)'
      await run(cli, '--memory', '40MB', '--', 'python3', '-c', hog)
      await ended(cli)
    },
    first: ['memory', 'keeper', 'SIGTERM'],
  },
  {
    name: 'a cap of output',
    happen: async (cli) => {
      await run(cli, '--max-output', '64KiB', '--', 'sh', '-c', 'seq 1 100000')
      await ended(cli)
    },
    first: ['exited with code 0', 'dropped', 'cap', 'actor the program'],
  },
  {
    name: 'a crash loop',
    happen: async (cli) => {
      const policy = ['--restart', 'on-failure', '--restart-delay', '10ms', '--restart-budget', '2/1m']
      await run(cli, ...policy, '--', 'sh', '-c', 'exit 4')
      await until(async () => (await cli.ok('events', '--job', 'it')).includes('crash_loop'))
    },
    first: ['crash loop', 'actor daemon', 'code 4'],
  },
  {
    name: 'another of its name took its place',
    happen: async (cli) => {
      await run(cli, '--', 'sleep', '1000')
      const [id = ''] = (await cli.ok('ps', '--ids')).split('\n')
      await run(cli, '--replace', '--', 'sleep', '1000')
      writeFileSync(join(cli.work, 'id'), id)
    },
    first: ['owner:tester', 'SIGTERM'],
  },
  {
    name: 'killed by somebody else through the API',
    happen: async (cli) => {
      await run(cli, '--', 'sleep', '1000')
      const { daemonSocket } = await cli.json('paths')
      using client = new FettleClient({ socketPath: String(daemonSocket), surface: 'mcp' })
      await client.call('stopJobs', { body: { selectors: ['it'], actor: 'owner:agent-b' } })
    },
    first: ['owner:agent-b', 'mcp', 'SIGTERM'],
  },
  {
    name: 'its keeper died first',
    happen: async (cli) => {
      await run(cli, '--', 'sh', '-c', 'while [ ! -e go ]; do sleep 0.01; done; exit 6')
      for (const keeper of findHomeProcesses(cli.home.dir).filter(({ command }) => command.includes('proc_')))
        if (keeper.command.startsWith('fettle')) killProcess(keeper)
      await until(async () => (await cli.ok('events', '--job', 'it')).includes('keeper_replaced'))
      writeFileSync(join(cli.work, 'go'), '')
      await ended(cli)
    },
    first: ['exited with code 6', 'actor the program', 'evidence'],
  },
  {
    name: 'lost: another boot',
    happen: async (cli) => {
      await run(cli, '--', 'sleep', '1000')
      const { state } = await cli.json('paths')
      const [id = ''] = (await cli.ok('ps', '--ids')).split('\n')
      await killAtOnce(cli)
      const path = join(String(state), 'jobs', id, 'runs', '1', 'state.json')
      const record: unknown = JSON.parse(readFileSync(path, 'utf8'))
      if (!isRecord(record)) throw new Error(`${path} is no object`)
      writeFileSync(path, JSON.stringify({ ...record, bootId: '00000000-0000-4000-8000-000000000000' }))
      await cli.ok('daemon', 'start')
      await until(async () => (await cli.run(['status', 'it', '--json'])).out.includes('"outcome":{'))
    },
    first: ['lost', 'boot'],
  },
  {
    name: 'both its hands and it were killed at once',
    happen: async (cli) => {
      await run(cli, '--', 'sleep', '1000')
      await killAtOnce(cli)
      await cli.ok('daemon', 'start')
      await until(async () => (await cli.run(['status', 'it', '--json'])).out.includes('"outcome":{'))
    },
    // What it leaves behind may still be there to be read, or not.
    first: ['run 1', 'actor', 'evidence'],
  },
  {
    name: 'a directory that is not there',
    happen: async (cli) => {
      await run(cli, '--cwd', join(cli.work, 'gone'), '--', 'true')
    },
    first: ['failed to start', 'stage cwd', 'ENOENT', 'evidence'],
  },
  {
    name: 'a program that is not there',
    happen: async (cli) => {
      await run(cli, '--', './no-such-program')
    },
    first: ['failed to start', 'no-such-program', 'ENOENT', 'evidence'],
  },
]

describe('why', () => {
  test.each(EPISODES.map((episode) => [episode.name, episode] as const))('%s', async (_name, episode) => {
    await using cli = new CliHome()
    await episode.happen(cli)
    const idFile = join(cli.work, 'id')
    const selector = existsSync(idFile) ? readFileSync(idFile, 'utf8') : 'it'
    const [first = '', ...causes] = (await cli.ok('why', selector)).split('\n').filter(Boolean)
    for (const word of episode.first) expect(first).toContain(word)
    const events = (await cli.ok('events', '--after', '0', '--json')).split('\n').filter(Boolean)
    const numbers = new Set(events.map((line) => /"seq":(\d+)/.exec(line)?.[1]))
    for (const line of [first, ...causes])
      for (const [, seq] of line.matchAll(/#(\d+)/g)) expect(numbers).toContain(seq)
  })
})
