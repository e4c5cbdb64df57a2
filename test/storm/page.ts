import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, release } from 'node:os'
import { isRecord } from '../../src/core/errors.ts'
import type { Figures, Totals } from './figures.ts'

/** One line of the record: a storm, and what it was made on. */
interface Entry extends Totals {
  readonly rig: string
  readonly keepers: number
  readonly commit: string
  readonly kernel: string
  readonly cores: number
  readonly user: string
}

/** Adds a storm to the record (a line of JSON each) and makes the page of all that are in it. */
export function addToPage(options: {
  readonly figures: Figures
  readonly rig: string
  readonly keepers: number
  /** Subject of the commit that the binary was built from. */
  readonly commit: string
  readonly record: string
  readonly page: string
}): void {
  const { figures, rig, keepers, commit, record, page } = options
  const user = process.getuid?.() === 0 ? 'root' : 'an ordinary user'
  const entry: Entry = {
    ...figures.totals,
    rig,
    keepers,
    commit,
    kernel: release(),
    cores: availableParallelism(),
    user,
  }
  appendFileSync(record, `${JSON.stringify(entry)}\n`)
  writePage({ record, page })
}

export function writePage({ record, page }: { readonly record: string; readonly page: string }): void {
  writeFileSync(page, renderPage(readRecord(record)))
}

function readRecord(path: string): Entry[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n')
  const values = lines.filter((line) => line !== '').map((line): unknown => JSON.parse(line))
  return values.filter(isEntry)
}

/** As written above, by this version or an earlier one. */
function isEntry(value: unknown): value is Entry {
  return isRecord(value) && ['kills', 'bytes', 'learned'].every((name) => isRecord(value[name]))
}

function renderPage(entries: readonly Entry[]): string {
  const of = (rig: string): Entry[] => entries.filter((entry) => entry.rig === rig)
  const columns = [of('daemon'), of('engine'), [...entries]]
  const row = (what: string, figure: (entry: Entry) => number, format = formatCount): string =>
    `| ${[what, ...columns.map((column) => format(sum(column, figure)))].join(' | ')} |`
  const all = (figure: (entry: Entry) => string | number): string =>
    [...new Set(entries.map(figure))].join(', ')
  return `# Kill storms

Writers run flat out while keepers, the daemon and the anchor get SIGKILL at random moments and in sequences. Each run's
output, or what it received on stdin, is compared byte for byte with what it should be, and its exit code with the one it
gave. A hand of a run is killed only while the other one holds it: that is what [guarantees.md](guarantees.md) promises.

| | with the daemon | anchor and keepers alone | together |
|---|---|---|---|
${[
  row('storms', () => 1),
  row('duration', ({ seconds }) => seconds, formatMinutes),
  row('keepers killed', ({ kills }) => kills.keeper),
  row('daemons killed', ({ kills }) => kills.daemon),
  row('anchors killed', ({ kills }) => kills.anchor),
  row('times a daemon and then a keeper of its runs', ({ sequences }) => sequences),
  row('times all keepers at once', ({ sweeps }) => sweeps),
  row('runs compared', ({ rounds }) => rounds),
  row('FIFO, bytes compared', ({ bytes }) => bytes.fifo),
  row('terminal, bytes compared', ({ bytes }) => bytes.terminal),
  row('stdin, bytes compared', ({ bytes }) => bytes.stdin),
  row('exit codes from a wait status', ({ learned }) => learned.waited),
  row("exit codes from the kernel's record behind a pidfd", ({ learned }) => learned.pidfd),
  row('exit codes from an unreaped process', ({ learned }) => learned.zombie),
  row('exit codes lost', ({ learned }) => learned.lost),
  row('bytes missing, doubled or changed; events missing or doubled; other faults', ({ faults }) => faults),
].join('\n')}

Linux ${all(({ kernel }) => kernel.replace(/-.*$/, ''))}, ${all(({ cores }) => cores)} cores, as ${all(({ user }) => user)}, ${all(({ keepers }) => keepers)} runs at a time, on the build of
"${all(({ commit }) => commit)}", beside whatever else the machine did: the bytes are no measure of speed.

Once more: \`npm run build\`, then \`node_modules/.bin/bun test/storm/main.ts --rig daemon --keepers 8 --seconds 600\`, and the same with \`--rig engine\`.
With \`--mutant\` the keepers copy output through their memory, as a plain program would, and the storm must find what that loses.
`
}

const sum = (entries: readonly Entry[], figure: (entry: Entry) => number): number =>
  entries.reduce((total, entry) => total + figure(entry), 0)

const formatCount = (count: number): string => count.toLocaleString('en-US')

const formatMinutes = (seconds: number): string => `${(seconds / 60).toFixed(0)} min`
