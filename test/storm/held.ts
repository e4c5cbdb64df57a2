import { isRecord } from '../../src/core/errors.ts'
import { isAlive, readIdentity } from '../../src/platform/linux/processes.ts'
import type { Identity } from '../../src/core/identity/identity.ts'
import { anchorSocket } from '../../src/store/layout.ts'
import { LineClient } from '../support/line-client.ts'
import type { StormRun } from './rig.ts'

/** What the anchor holds: run → its keeper, null while there is none. */
export async function keepersOf(runtime: string): Promise<Map<string, Identity | null>> {
  using client = await LineClient.connect(anchorSocket({ runtime }))
  const { runs } = await client.ask({ op: 'list' })
  const found = new Map<string, Identity | null>()
  for (const held of Array.isArray(runs) ? runs.filter(isRecord) : []) {
    const pid = held['keeperPid']
    const identity = typeof pid === 'number' ? readIdentity(pid) : null
    found.set(String(held['run']), identity !== null && isAlive(identity) ? identity : null)
  }
  return found
}

/** Whether both hands hold all of these runs: the anchor lists each with a keeper, and that keeper answers. */
export async function isHeld(runtime: string, runs: readonly StormRun[]): Promise<boolean> {
  const keepers = await keepersOf(runtime)
  for (const run of runs) {
    if (run.readOutcome() !== null) continue
    const keeper = keepers.get(run.name)
    if (keeper === undefined || keeper === null) return false
    using client = await LineClient.connect(run.socket)
    const hello = await client.ask({ op: 'hello', subscribe: false })
    if (hello['pid'] !== keeper.pid) return false
    // A successor that has not found its run yet: only the anchor knows of its birth.
    if (!isRecord(hello['status']) || hello['status']['state'] === 'starting') return false
  }
  return true
}
