import { FettleClient } from '../../client/client.ts'
import { FettleError } from '../../core/errors.ts'
import { formatDuration } from '../../core/parse/duration.ts'
import { settingsError } from '../../store/home/read-settings.ts'
import { daemonSocket } from '../../store/layout.ts'
import type { Cli } from '../cli.ts'
import { readAnchor } from '../daemon/ask-anchor.ts'
import { startDaemon, tryStatus } from '../daemon/connect-daemon.ts'
import type { DaemonStatus } from '../daemon/connect-daemon.ts'
import { restartDaemon } from '../daemon/restart-daemon.ts'
import { stopDaemon } from '../daemon/stop-daemon.ts'
import { installService, uninstallService } from '../service/install-service.ts'
import { defineVerb } from '../verb.ts'

const ACTIONS = ['start', 'stop', 'status', 'restart', 'install', 'uninstall']

export const daemon = defineVerb({
  name: 'daemon',
  summary: 'The control process: start, stop, status, restart, install',
  usage: 'start|stop|status|restart|install|uninstall [--print]',
  details: [
    'Verbs that act start it by themselves. Stopping it leaves jobs, their guards and their output as they are; restart',
    'policies, watch patterns and notifications wait until it runs again.',
  ].join('\n'),
  flags: {
    print: { kind: 'boolean', help: 'install: print the service definition instead of installing it' },
  },
  positionals: { name: 'ACTION', min: 1, max: 1 },
  completes: { kind: 'words', words: ACTIONS },
  examples: [
    {
      command: 'fettle daemon status --json',
      does: 'pid, version, home and number of jobs; exit 3 when it does not run',
    },
    { command: 'fettle daemon restart', does: 'a new one, of the installed version; jobs run on' },
    { command: 'fettle daemon install', does: 'starts it at login, as a service of this user' },
  ],
  async run(cli, args) {
    const [action = ''] = args.words
    if (args.on('print') && action !== 'install') {
      throw new FettleError('usage', `--print means nothing with "daemon ${action}"`)
    }
    switch (action) {
      case 'start':
        return await start(cli)
      case 'stop':
        return await stop(cli)
      case 'status':
        return await status(cli)
      case 'restart':
        refuseFaultySettings(cli)
        return sayStarted(cli, { daemon: await restartDaemon(cli), isNew: true })
      case 'install':
        return installService(cli, { print: args.on('print') })
      case 'uninstall':
        return uninstallService(cli)
      default:
        throw new FettleError('usage', `"daemon" has no "${action}"`, { hint: ACTIONS.join(', ') })
    }
  },
})

/** Whoever starts a daemon by name wants the settings as they are now. */
function refuseFaultySettings({ settings }: Cli): void {
  if (settings.faults.length > 0) throw settingsError(settings)
}

async function start(cli: Cli): Promise<number> {
  const home = cli.makeHome()
  using client = new FettleClient({ socketPath: daemonSocket(home) })
  const running = await tryStatus(client)
  if (running === null) refuseFaultySettings(cli)
  const daemon = running ?? (await startDaemon(cli, home, client))
  return sayStarted(cli, { daemon, isNew: running === null })
}

function sayStarted(cli: Cli, { daemon, isNew }: { daemon: DaemonStatus; isNew: boolean }): number {
  if (cli.json) cli.data(daemon)
  else cli.line(`${isNew ? 'started' : 'runs already'}: pid ${daemon.pid}, version ${daemon.version}`)
  return 0
}

async function stop(cli: Cli): Promise<number> {
  const stopped = await stopDaemon(cli)
  if (cli.json) cli.data({ stopped: stopped !== null, pid: stopped?.pid ?? null })
  else cli.line(stopped === null ? 'does not run' : `stopped: pid ${stopped.pid} has ended; jobs run on`)
  return 0
}

async function status(cli: Cli): Promise<number> {
  const { home } = cli
  using client = new FettleClient({ socketPath: daemonSocket(home) })
  const found = await tryStatus(client)
  const anchor = await readAnchor(home)
  if (found === null) {
    if (cli.json) cli.data({ running: false, pid: null, anchorPid: anchor?.pid ?? null })
    else
      cli.line(
        `the daemon does not run; ${anchor === null ? 'no anchor either' : `the anchor does (pid ${anchor.pid})`}`,
      )
    return 3
  }
  if (cli.json) {
    cli.data({ running: true, ...found, anchorPid: anchor?.pid ?? null })
    return 0
  }
  const upMs = Date.now() - Date.parse(found.startedAt)
  cli.line(`pid       ${found.pid}`)
  cli.line(`version   ${found.version}`)
  cli.line(`home      ${found.home}`)
  cli.line(`up        ${formatDuration(Math.max(0, upMs))}, since ${found.startedAt}`)
  cli.line(`jobs      ${found.jobs.live} live, ${found.jobs.finished} finished`)
  cli.line(
    `anchor    ${anchor === null ? 'does not answer' : `pid ${anchor.pid}, holds ${anchor.runs} runs`}`,
  )
  if (found.paused) cli.line('paused    starts and restarts are held (fettle resume)')
  return 0
}
