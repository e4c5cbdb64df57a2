import { FettleError } from '../../core/errors.ts'
import { redactError } from '../../core/redact/redact-error.ts'
import type { Cli } from '../cli.ts'
import { confirm } from '../confirm.ts'
import { listViewsFromRecords } from '../../store/run-files/job-views.ts'
import { checkFolders } from '../doctor/check-folders.ts'
import { checkInstallation, checkKernel } from '../doctor/check-installation.ts'
import { checkOrphans } from '../doctor/check-orphans.ts'
import { checkRecords, checkRuns } from '../doctor/check-runs.ts'
import { checkSettings } from '../doctor/check-settings.ts'
import { checkSockets } from '../doctor/check-sockets.ts'
import { checkDaemon, checkEvents, rebuildEvents } from '../doctor/check-services.ts'
import type { Finding, Repair } from '../doctor/finding.ts'
import { defineVerb } from '../verb.ts'

export const doctor = defineVerb({
  name: 'doctor',
  summary: 'Look at the installation, and repair what is not as it should be',
  usage: '[--fix [--yes]] [--rebuild [--yes]]',
  details: [
    'Kernel features of this machine, folders, sockets, runs without their guard, processes left by runs that ended,',
    'damaged records. Changes nothing without --fix, which says what it will do and asks. Exit 3 when problems are left.',
  ].join('\n'),
  flags: {
    fix: { kind: 'boolean', help: 'Repair what can be repaired, after asking' },
    rebuild: { kind: 'boolean', help: "Set the event database aside and remake it from the runs' files" },
  },
  rules: [
    {
      flag: 'fix',
      excludes: ['rebuild'],
      because: 'one repairs single things, the other remakes the database',
    },
  ],
  positionals: { name: 'WORD', min: 0, max: 0 },
  examples: [
    { command: 'fettle doctor', does: 'looks and tells' },
    { command: 'fettle doctor --fix --yes', does: 'repairs without asking' },
  ],
  async run(cli, args) {
    if (args.on('rebuild')) {
      await confirm(cli, {
        question: 'Set the event database aside and make a new one?',
        items: ['the old file is kept beside it; consumers and what they have read begin anew; jobs run on'],
      })
      const aside = await rebuildEvents(cli)
      if (cli.json) cli.data({ rebuilt: true, aside })
      else
        cli.line(aside === null ? 'made anew; there was none before' : `made anew; the old one is ${aside}`)
      return 0
    }
    const findings = await examine(cli)
    if (!args.on('fix')) return report(cli, findings)
    return await repairAll(cli, findings)
  },
})

async function examine(cli: Cli): Promise<Finding[]> {
  const findings = [
    ...checkInstallation(),
    ...checkKernel(),
    ...checkFolders(cli.home),
    ...checkSettings(cli),
  ]
  if (!cli.home.exists) return findings
  const { jobs, damaged } = listViewsFromRecords(cli.home)
  return [
    ...findings,
    ...(await checkDaemon(cli)),
    ...(await checkSockets(cli.home)),
    ...checkRuns(cli, jobs),
    ...checkOrphans(cli.home, jobs),
    ...checkRecords(cli, damaged),
    ...checkEvents(cli.home),
  ]
}

const MARKS = { ok: ['green', 'ok'], note: ['yellow', 'note'], problem: ['red', 'bad'] } as const

function report(cli: Cli, findings: readonly Finding[]): number {
  const problems = findings.filter((finding) => finding.level === 'problem')
  if (cli.json) {
    cli.data({
      ok: problems.length === 0,
      findings: findings.map(({ repair, ...finding }) => ({ ...finding, repair: repair?.plan ?? null })),
    })
    return problems.length === 0 ? 0 : 3
  }
  for (const finding of findings) {
    const [tint, mark] = MARKS[finding.level]
    cli.line(`${cli.paint(tint, mark.padEnd(4))} ${finding.check.padEnd(12)} ${finding.text}`)
  }
  if (problems.some((finding) => finding.repair !== undefined))
    cli.say('"fettle doctor --fix" repairs what can be repaired')
  return problems.length === 0 ? 0 : 3
}

async function repairAll(cli: Cli, findings: readonly Finding[]): Promise<number> {
  const repairs = findings.flatMap((finding) => (finding.repair === undefined ? [] : [finding.repair]))
  if (repairs.length === 0) {
    cli.say('there is nothing to repair')
    return report(cli, findings)
  }
  await confirm(cli, {
    question: `Do these ${repairs.length} repairs?`,
    items: repairs.map((repair) => repair.plan),
  })
  let failed = 0
  for (const repair of repairs) if (!(await runRepair(cli, repair))) failed += 1
  return failed === 0 ? 0 : 8
}

async function runRepair(cli: Cli, repair: Repair): Promise<boolean> {
  try {
    const done = await repair.run()
    if (cli.json) cli.data({ plan: repair.plan, done })
    else cli.line(`done: ${done}`)
    return true
  } catch (error) {
    if (!(error instanceof FettleError)) throw error
    if (cli.json) cli.data({ plan: repair.plan, error: redactError(error.toBody()) })
    else cli.line(`failed: ${repair.plan}: ${error.message}`)
    return false
  }
}
