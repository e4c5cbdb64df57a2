import type { ErrorCode } from '../../src/core/errors.ts'

/** What a code means and what helps; the compiler asks for a note when a code is added. */
export const ERROR_NOTES: { readonly [C in ErrorCode]: { readonly means: string; readonly helps: string } } =
  {
    usage: {
      means: 'The command line or request is not one that is understood.',
      helps: '`fettle VERB --help`',
    },
    bad_value: {
      means: 'A value has the wrong form; the message says what is there and what was expected.',
      helps: 'Write it in the form the message gives.',
    },
    bad_config: {
      means: 'The settings (`config.toml`, or a variable) have a fault; path, line and key are named.',
      helps: 'Mend it; [configuration.md](configuration.md) has all keys. What runs is not touched.',
    },
    unknown_verb: {
      means: 'There is no such verb.',
      helps: 'The hint names the nearest; `fettle --help` lists all.',
    },
    job_not_found: { means: 'No job has this name or id.', helps: '`fettle ps -a` shows all that are kept.' },
    run_not_found: {
      means: 'The job has no run of this number.',
      helps: '`fettle status SELECTOR` shows the newest.',
    },
    job_expired: {
      means: 'The job existed; retention has removed it.',
      helps: 'Keep more: `[retention]` in [configuration.md](configuration.md).',
    },
    consumer_not_found: { means: 'No consumer has this name.', helps: '`fettle consumer create NAME`' },
    ambiguous_selector: {
      means: 'The selector means more than one job; the data lists the candidates.',
      helps: 'More digits of the id, or the whole id.',
    },
    name_taken: {
      means: 'Another live job of the owner has this name.',
      helps: 'Another name, or `--replace`.',
    },
    job_not_running: { means: 'The job has no live run.', helps: '`fettle why SELECTOR` tells why.' },
    job_not_finished: { means: 'This needs a job that has ended.', helps: '`fettle wait SELECTOR` first.' },
    stdin_not_open: {
      means: 'The run has no stdin, or it was closed.',
      helps: 'Start it with `--stdin pipe` or `--pty`.',
    },
    not_a_terminal: {
      means: 'The job has no terminal, or this command does not stand in one.',
      helps: 'Start the job with `--pty`; without a terminal here use `send` and `logs`.',
    },
    not_split: {
      means: 'stdout and stderr of this job came through one pipe.',
      helps: 'Start it with `--split`.',
    },
    not_owner: {
      means: 'The caller stands inside a run and may not do this, or not to this job.',
      helps: 'See [security.md](security.md#callers-inside-a-run).',
    },
    own_ancestor: {
      means: 'The run contains the process that asks: it would stop itself.',
      helps: 'Ask from outside of it.',
    },
    confirmation_needed: { means: 'The question cannot be put here.', helps: '`--yes`' },
    paused: { means: 'Starts are held.', helps: '`fettle resume`' },
    limit_reached: {
      means: 'A limit of the daemon: live jobs of an owner, requests of one process at a time.',
      helps: 'Stop what is not needed; see [limits](../design/limits.md).',
    },
    descriptors_low: {
      means: 'The last 64 file descriptors of the anchor or the daemon are not used for new runs.',
      helps: 'Raise the hard limit of open files of the session that starts fettle.',
    },
    home_refused: {
      means: 'A folder of the home is open to others, is a link, or belongs to another user.',
      helps: 'The message names the folder and the rule.',
    },
    unsupported_platform: {
      means: 'This cannot be done on this system.',
      helps: '[guarantees.md](guarantees.md)',
    },
    daemon_unreachable: {
      means:
        'The daemon does not answer. `data.mayHaveActed` says whether the request may have been carried out.',
      helps: '`fettle daemon status`',
    },
    anchor_unreachable: {
      means: 'The anchor could not be started or does not answer.',
      helps: "`fettle daemon status`, and the daemon's log (`fettle paths`)",
    },
    keeper_unreachable: {
      means: 'The keeper of this run does not answer; the run goes on.',
      helps: 'A keeper that died is replaced: try again. `fettle why SELECTOR`',
    },
    version_mismatch: {
      means: 'Two parts of fettle of different versions met and do not understand each other.',
      helps: '`fettle daemon restart`',
    },
    start_failed: {
      means: 'The run could not be started; the outcome names the stage.',
      helps: '`fettle why SELECTOR`',
    },
    stop_incomplete: {
      means: 'Something of the run lives on; each survivor is named with the reason.',
      helps: 'See [stopping](../guides/stopping-and-leftovers.md).',
    },
    could_not_verify: {
      means: 'It was done, but the fact that would prove it did not come in time.',
      helps: '`fettle status SELECTOR` shows what is known now.',
    },
    timed_out: { means: 'What was waited for did not come in time.', helps: 'A longer `--timeout`.' },
    store_damaged: {
      means: 'A file of the state cannot be read; the message names it.',
      helps: 'Others are not touched by it: `fettle doctor` says what can be done.',
    },
    store_newer: {
      means: 'The state was written by a newer fettle.',
      helps: 'Use the newer version.',
    },
    store_unwritable: {
      means: 'The state cannot be written: disk full, or no permission.',
      helps: 'The message says which.',
    },
    output_unwritable: {
      means: 'stdout of the command takes nothing: its disk is full, or it failed.',
      helps: 'What was asked for is done; look with a reading verb.',
    },
    internal: { means: 'A fault of fettle.', helps: 'Report it, with the message.' },
  }
