// A short round of the storm (test/storm): writers flat out, keepers and anchor killed at random.

import { expect, test } from 'bun:test'
import { isWithout } from '../support/features.ts'
import { EngineRig } from '../storm/engine-rig.ts'
import { storm } from '../storm/storm.ts'

// A keeper that copies takes with it what it had in its hands, and without a subreaper the next one is a stranger to its run.
const isExact = !isWithout('splice') && !isWithout('subreaper')

test.skipIf(!isExact)(
  '20 s of random SIGKILLs cost no byte, no accepted input and no exit code',
  async () => {
    await using rig = await EngineRig.start({ disable: null })
    const figures = await storm({
      rig,
      keepers: 4,
      seconds: 20,
      lines: { fifo: 1_000_000, terminal: 150_000, stdin: 150_000 },
    })
    console.log(figures.report())
    expect(figures.faults).toEqual([])
    // Where the kernel keeps no record of a stranger's exit it can be lost after an anchor's death, and is called so.
    if (!isWithout('pidfd_info')) expect(figures.lostCodes).toEqual([])
    expect(figures.kills.keeper).toBeGreaterThan(5)
    expect(figures.rounds).toBeGreaterThanOrEqual(4)
  },
  180_000,
)
