import { FettleError } from '../../core/errors.ts'
import { quoteArgv } from '../../core/text/quote-argv.ts'
import { readIdentity, isAlive } from '../../platform/linux/processes.ts'
import type { Cli } from '../cli.ts'
import { ownCommand, runFettle } from '../quickstart/run-fettle.ts'
import { ESCAPED_PID, NEXT_COMMANDS, quickstartSteps } from '../quickstart/steps.ts'
import type { Step } from '../quickstart/steps.ts'
import { makeThrowawayHome, removeThrowawayHome } from '../quickstart/throwaway-home.ts'
import type { ThrowawayHome } from '../quickstart/throwaway-home.ts'
import { defineVerb } from '../verb.ts'

export const quickstart = defineVerb({
  name: 'quickstart',
  summary: 'Show the verbs at work in a home of their own, and leave nothing behind',
  usage: '',
  details: 'Takes a few seconds. Really starts jobs, in a throw-away FETTLE_HOME that is removed at the end.',
  flags: {},
  positionals: { name: 'WORD', min: 0, max: 0 },
  examples: [
    {
      command: 'fettle quickstart',
      does: 'a server, tests, a watch, a terminal, and a stop that leaves nothing',
    },
  ],
  async run(cli) {
    const home = makeThrowawayHome()
    const tour = new Tour(cli, home)
    const leave = (): void => tour.interrupt()
    process.on('SIGINT', leave)
    process.on('SIGTERM', leave)
    try {
      for (const step of quickstartSteps(home.siteDir)) await tour.take(step)
    } finally {
      await tour.end()
      process.off('SIGINT', leave)
      process.off('SIGTERM', leave)
    }
    return tour.finish()
  },
})

interface TakenStep {
  readonly command: string
  readonly exitCode: number
  readonly output: string
}

class Tour {
  readonly #cli: Cli
  readonly #home: ThrowawayHome
  readonly #taken: TakenStep[] = []
  #interrupted = false
  #escaped: ReturnType<typeof readIdentity> = null
  #failure: string | null = null

  constructor(cli: Cli, home: ThrowawayHome) {
    this.#cli = cli
    this.#home = home
  }

  interrupt(): void {
    this.#interrupted = true
  }

  async take(step: Step): Promise<void> {
    if (this.#interrupted || this.#failure !== null) return
    const cli = this.#cli
    // the process that leaves its job is noted before it is stopped, to be looked for afterwards
    if (step.args[0] === 'kill') this.#escaped = await this.#findEscaped()
    const command = quoteArgv(['fettle', ...step.args.map((word) => word ?? 'fettle')])
    if (!cli.json) {
      if (step.title !== '') cli.line(`\n${cli.paint('bold', step.title)}`)
      cli.line(cli.paint('cyan', `$ ${command}`))
    }
    const result = await this.#fettle(
      step.args.flatMap((word) => (word === null ? ownCommand() : [word])),
      !cli.json,
    )
    this.#taken.push({ command, ...result })
    if (!cli.json && result.exitCode !== 0) cli.line(cli.paint('dim', `(exit code ${result.exitCode})`))
    if (result.exitCode !== step.expects && !this.#interrupted) {
      this.#failure = `"${command}" ended with ${result.exitCode}, ${step.expects} was expected`
    }
  }

  /** Stops what is left, ends daemon and anchor, removes the folder. */
  async end(): Promise<void> {
    await this.#fettle(['kill', '--all', '--yes', '--quiet'], false)
    await this.#fettle(['daemon', 'stop', '--quiet'], false)
    await removeThrowawayHome(this.#home)
  }

  finish(): number {
    const cli = this.#cli
    if (this.#interrupted) return 130
    if (this.#failure !== null) {
      throw new FettleError('could_not_verify', `The quickstart did not go as it should: ${this.#failure}`, {
        hint: 'fettle doctor looks at the installation',
      })
    }
    const escaped = this.#escaped
    const gone = escaped !== null && !isAlive(escaped)
    if (cli.json) {
      cli.data({ steps: this.#taken, escapedPid: escaped?.pid ?? null, escapedGone: gone })
      return gone ? 0 : 1
    }
    cli.line(
      gone
        ? `\nProcess ${escaped.pid}, which had left its job's session and lost its parent, was found and is gone too.`
        : `\nThe process that had left its job could not be followed.`,
    )
    cli.line(`Daemon and anchor have ended, ${this.#home.root} is removed: nothing is left behind.\n`)
    cli.out(NEXT_COMMANDS)
    return gone ? 0 : 1
  }

  async #fettle(args: readonly string[], show: boolean): ReturnType<typeof runFettle> {
    return await runFettle({ args, env: this.#home.env, show, cwd: this.#home.root })
  }

  async #findEscaped(): Promise<ReturnType<typeof readIdentity>> {
    const { output } = await this.#fettle(['logs', 'escapee', '--all', '--quiet'], false)
    const pid = Number(ESCAPED_PID.exec(output)?.[1] ?? 0)
    return pid > 0 ? readIdentity(pid) : null
  }
}
