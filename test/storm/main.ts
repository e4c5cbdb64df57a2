// bun test/storm/main.ts --keepers N --seconds S [--rig engine|daemon] [--most keeper|daemon|anchor] [--evidence DIR] [--mutant]
//   [--page FILE --record FILE --commit SUBJECT]
//
// Kills keepers, daemon and anchor at random while writers run flat out, compares every byte, and reports. Ends with 1
// when something was lost. `--mutant` makes the keepers read and write instead of splicing: then the rig must find
// losses, and ends with 1 when it finds none. `--page` adds the storm to the record and makes the page of all in it;
// with `--seconds 0` it only makes the page.

import { parseArgs } from 'node:util'
import { DaemonRig } from './daemon-rig.ts'
import { EngineRig } from './engine-rig.ts'
import { addToPage, writePage } from './page.ts'
import { storm, type StrikeShares } from './storm.ts'

const LINES = { fifo: 3_000_000, terminal: 400_000, stdin: 400_000 }

const SHARES: Readonly<Record<string, StrikeShares>> = {
  keeper: { anchor: 0, sweep: 0.6, daemon: 0.02, daemonAndKeeper: 0.08 },
  daemon: { anchor: 0.01, sweep: 0.03, daemon: 0.3, daemonAndKeeper: 0.4 },
  anchor: { anchor: 0.3, sweep: 0.1, daemon: 0.1, daemonAndKeeper: 0.1 },
}

const { values } = parseArgs({
  options: {
    keepers: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '60' },
    rig: { type: 'string', default: 'daemon' },
    evidence: { type: 'string' },
    /** Whose deaths are to be more frequent than by default. */
    most: { type: 'string' },
    mutant: { type: 'boolean', default: false },
    page: { type: 'string' },
    record: { type: 'string', default: 'storms.jsonl' },
    commit: { type: 'string', default: 'unknown' },
  },
})

async function main(): Promise<void> {
  const { mutant } = values
  if (values.seconds === '0' && values.page !== undefined) {
    writePage({ record: values.record, page: values.page })
    return
  }
  const options = { disable: mutant ? 'splice' : null }
  await using rig = values.rig === 'engine' ? await EngineRig.start(options) : await DaemonRig.start(options)
  const shares = SHARES[values.most ?? (mutant ? 'keeper' : '')]
  const figures = await storm({
    rig,
    keepers: Number(values.keepers),
    seconds: Number(values.seconds),
    lines: LINES,
    onFault: (text) => console.error(`${(performance.now() / 1000).toFixed(1)} s: ${text}`),
    ...(shares === undefined ? {} : { shares }),
    ...(values.evidence === undefined ? {} : { evidence: values.evidence }),
  })
  console.log(figures.report())
  const { page, record, commit } = values
  if (page !== undefined)
    addToPage({ figures, rig: values.rig, keepers: Number(values.keepers), commit, record, page })
  const hasFaults = figures.faults.length > 0 || figures.lostCodes.length > 0
  if (mutant) console.log(hasFaults ? 'The mutant was found out.' : 'The mutant was NOT found out.')
  process.exitCode = hasFaults === mutant ? 0 : 1
}

await main()
