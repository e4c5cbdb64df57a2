import type { JobView } from '../../src/client/index.ts'
import { FettleClient } from '../../src/client/index.ts'
import type { BenchHome } from '../fettle/bench-home.ts'
import { toRow, type Row } from '../harness/row.ts'
import { until } from '../harness/until.ts'

/** From the SIGKILL of the daemon until somebody who keeps asking has all jobs listed again, each with its process. */
export async function measureRecovery(
  home: BenchHome,
  { jobs, quick }: { readonly jobs: number; readonly quick: boolean },
): Promise<Row> {
  const values: number[] = []
  for (let round = 0; round < (quick ? 3 : 5); round++) {
    const before = await home.jobs()
    const { daemon } = home.processes()
    if (daemon === null) throw new Error('the home has no daemon')
    const startedMs = performance.now()
    process.kill(daemon, 'SIGKILL')
    const after = await until(() => listAnew(home), { what: 'the daemon to answer again', everyMs: 1 })
    values.push(performance.now() - startedMs)
    const lost = before.filter(({ id, run }) => after.find((job) => job.id === id)?.run?.pid !== run?.pid)
    if (after.length !== jobs || lost.length > 0) throw new Error(`${lost.length} of ${jobs} jobs were lost`)
    // A daemon that dies within seconds of its start is restarted with a delay: that is another case.
    await Bun.sleep(quick ? 0 : 5_500)
  }
  return toRow({
    id: 'recovery',
    what: `SIGKILL of the daemon to a good \`GET /v1/jobs\`, ${jobs} jobs`,
    unit: 'ms',
    fettle: values,
    goals: [{ of: 'value', atMost: 500 }],
    notes: ['Nobody types anything; all jobs are listed with the processes they had.'],
  })
}

async function listAnew(home: BenchHome): Promise<readonly JobView[] | null> {
  using client = new FettleClient({ socketPath: home.client.socketPath, reconnectMs: 0 })
  try {
    return (await client.call('listJobs')).jobs
  } catch {
    return null // not there yet
  }
}
