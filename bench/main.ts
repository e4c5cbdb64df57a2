/** Measures fettle beside its peers and writes what it found. See README.md. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './harness/binary.ts'
import { readHostFacts } from './harness/host-facts.ts'
import type { Section, SectionContext } from './harness/section.ts'
import { Scratch } from './harness/scratch.ts'
import { parseOptions, USAGE, type BenchOptions } from './options.ts'
import { findPeers } from './peers/find-peers.ts'
import { renderPage } from './report/render-page.ts'
import type { Failure, Report } from './report/report.ts'
import { printResult } from './report/print-result.ts'
import { REASONS } from './reasons.ts'
import { SECTIONS } from './sections/sections.ts'
import { soak } from './sections/soak.ts'

const PAIRS = 7
const QUICK_PAIRS = 3

function chooseSections({ only, soakJobs }: BenchOptions): Section[] {
  const all = soakJobs > 0 ? [...SECTIONS, soak(soakJobs)] : SECTIONS
  const chosen = all.filter(({ name }) => only.length === 0 || only.some((start) => name.startsWith(start)))
  if (chosen.length === 0)
    throw new Error(`no section is named so; there are ${all.map(({ name }) => name).join(', ')}`)
  return chosen
}

async function measure(scratch: Scratch, options: BenchOptions): Promise<Report> {
  const say = (text: string): void => console.log(text)
  const startedMs = performance.now()
  const peers = findPeers(say)
  const host = readHostFacts(scratch, peers)
  const report: Report = { format: 1, host, rows: [], tables: [], failures: [], seconds: 0, options }
  const context: SectionContext = {
    scratch,
    peers,
    quick: options.quick,
    pairs: options.quick ? QUICK_PAIRS : PAIRS,
    say: (text) => say(`  ${text}`),
  }
  const failures: Failure[] = []
  let { rows, tables } = report
  for (const section of chooseSections(options)) {
    const sectionMs = performance.now()
    say(`\n${section.name}`)
    try {
      const result = await section.run(context)
      printResult(result, say)
      rows = [...rows, ...result.rows]
      tables = [...tables, ...(result.tables ?? [])]
    } catch (error) {
      // One section that cannot be measured does not cost the others; the page says which and why.
      console.error(error)
      failures.push({ section: section.name, why: error instanceof Error ? error.message : String(error) })
    }
    say(`  (${((performance.now() - sectionMs) / 1000).toFixed(0)} s)`)
  }
  return { ...report, rows, tables, failures, seconds: (performance.now() - startedMs) / 1000 }
}

function write(report: Report): void {
  const { only, quick } = report.options
  const isWhole = only.length === 0 && !quick
  mkdirSync(join(root, 'build'), { recursive: true })
  const name = isWhole ? 'bench.json' : 'bench-part.json'
  writeFileSync(join(root, 'build', name), `${JSON.stringify(report, null, 2)}\n`)
  console.log(`\nbuild/${name}`)
  if (!isWhole) return
  mkdirSync(join(root, 'docs', 'reference'), { recursive: true })
  writeFileSync(join(root, 'docs', 'reference', 'benchmarks.md'), renderPage(report, REASONS))
  console.log('docs/reference/benchmarks.md')
}

async function main(): Promise<void> {
  let options: BenchOptions
  try {
    options = parseOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
    process.exitCode = 2
    return
  }
  const scratch = new Scratch()
  const interrupt = (): void => void scratch.end().finally(() => process.exit(130))
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  try {
    const report = await measure(scratch, options)
    write(report)
    process.exitCode = report.failures.length > 0 ? 1 : 0
  } finally {
    await scratch.end()
  }
}

await main()
