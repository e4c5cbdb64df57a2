// A client whose answer was lost (the daemon was killed) asks again. Meanwhile the run may have ended by what it was
// given: what holds already is answered, and not "no run lives".

import { expect, test } from 'bun:test'
import { FettleClient } from '../../src/client/client.ts'
import { CliHome } from '../support/cli-home.ts'

test('input and the end of input of a run that has ended by them', async () => {
  await using cli = new CliHome()
  await cli.ok('run', '--name', 'cat', '--stdin', 'pipe', '--', 'cat')
  const { daemonSocket } = await cli.json('paths')
  using client = new FettleClient({ socketPath: String(daemonSocket) })
  const params = { job: 'cat' }
  const query = { owner: 'tester' }
  const input = { data: 'text\n', client: 'me', seq: 1 }
  const first = await client.call('inputJob', { params, query, body: input })
  expect(first).toMatchObject({ duplicate: false, acceptedBytes: 5 })
  await client.call('closeJob', { params, query })
  expect((await cli.run(['wait', 'cat', '--timeout', '20s'])).code).toBe(0)
  expect(await client.call('inputJob', { params, query, body: input })).toEqual({ ...first, duplicate: true })
  expect(await client.call('closeJob', { params, query })).toEqual({ ok: true })
  const next = { ...input, seq: 2 }
  const refused = client.call('inputJob', { params, query, body: next }).catch((error: unknown) => error)
  expect(await refused).toMatchObject({ code: 'job_not_running' })
  expect(await cli.ok('logs', 'cat')).toBe('text\n')
})
