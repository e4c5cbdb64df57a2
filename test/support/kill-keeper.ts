import { isAlive } from '../../src/platform/linux/processes.ts'
import type { EngineRun } from './engine-run.ts'
import { killProcess } from './home-processes.ts'
import { until } from './until.ts'

/** SIGKILL to the keeper that the run's state names: without an anchor nobody else knows it. */
export async function killKeeperOf(run: EngineRun): Promise<void> {
  const keeper = run.readState()?.keeper
  if (keeper === undefined || keeper === null) throw new Error('There is no keeper')
  killProcess({ ...keeper, command: '' })
  await until(() => !isAlive(keeper), { what: 'the end of the keeper' })
}
