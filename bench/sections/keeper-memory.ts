import { BenchHome } from '../fettle/bench-home.ts'
import { capturedBytes } from '../fettle/captured.ts'
import { keeperOf } from '../fettle/keeper-of.ts'
import { GatedScript } from '../harness/gate.ts'
import { makePayload } from '../harness/payload.ts'
import { readMemory } from '../harness/process-readings.ts'
import { toRow, type SectionResult } from '../harness/row.ts'
import type { Scratch } from '../harness/scratch.ts'
import type { Section } from '../harness/section.ts'
import { until } from '../harness/until.ts'
import type { Peer } from '../peers/find-peers.ts'
import { Pm2 } from '../peers/pm2.ts'
import { readHomeMemory } from './home-memory.ts'

const PAYLOAD_MB = 50
const KEEPERS = 10
const CALM_MS = 10_000
const GOALS = [{ of: 'value', atMost: 3 }] as const

/** What a keeper costs while its run is silent, and ten seconds after it has carried a gigabyte. */
export const keeperMemory: Section = {
  name: 'keeper-memory',
  async run({ scratch, peers, quick }): Promise<SectionResult> {
    await using home = await BenchHome.start(scratch)
    const idle: number[] = []
    for (let i = 0; i < KEEPERS; i++) {
      const { id } = await home.start({ argv: ['sleep', '1000000'] })
      idle.push(await keeperOf(home, id))
    }
    const payload = makePayload(scratch, PAYLOAD_MB)
    const repeats = quick ? 4 : 20
    const bytes = payload.bytes * repeats
    const script = new GatedScript(scratch.folder(), `cat ${`${payload.path} `.repeat(repeats)}`)
    const { id } = await home.start({
      argv: ['sh', '-c', script.text],
      limits: { maxOutputBytes: 2 * bytes },
    })
    await script.ended()
    await until(() => capturedBytes(home.outputDir(id)) >= bytes, { what: 'all output' })
    await Bun.sleep(quick ? 1_000 : CALM_MS)
    const privateMegabytes = (pid: number): number => readMemory(pid).privateBytes / 1e6
    const { anchorPrivateBytes, daemonRssBytes, daemonPrivateBytes } = readHomeMemory(home)
    const inPm2 = peers.pm2 === null ? null : [await rssOfPm2(scratch, peers.pm2)]
    return {
      rows: [
        toRow({
          id: 'keeper-idle-memory',
          what: 'Private memory of a keeper, idle',
          unit: 'MB',
          fettle: idle.map(privateMegabytes),
          peers: [{ name: "pm2's daemon, RSS, no jobs", values: inPm2 }],
          goals: GOALS,
          notes: [
            `With ${KEEPERS} jobs the anchor has ${(anchorPrivateBytes / 1e6).toFixed(1)} MB private, the daemon ${(daemonPrivateBytes / 1e6).toFixed(1)} MB private and ${(daemonRssBytes / 1e6).toFixed(1)} MB RSS. Other numbers of jobs: see Growth.`,
          ],
        }),
        toRow({
          id: 'keeper-flood-memory',
          what: `Private memory of a keeper, ${quick ? 1 : CALM_MS / 1000} s after ${bytes / 1e9} GB`,
          unit: 'MB',
          fettle: [privateMegabytes(await keeperOf(home, id))],
          goals: GOALS,
        }),
      ],
    }
  },
}

async function rssOfPm2(scratch: Scratch, peer: Peer): Promise<number> {
  await using pm2 = Pm2.start(scratch, peer)
  return readMemory(pm2.daemonPid()).rssBytes / 1e6
}
