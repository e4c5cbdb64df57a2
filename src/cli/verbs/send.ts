import { readFileSync } from 'node:fs'
import { FettleError } from '../../core/errors.ts'
import { formatCounted } from '../../core/parse/count.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import { runDir, runPaths } from '../../store/layout.ts'
import { RunScreen } from '../../store/screen/run-screen.ts'
import type { Cli } from '../cli.ts'
import { connectDaemon } from '../daemon/connect-daemon.ts'
import { findJob } from '../disk/read-jobs.ts'
import { sendInput } from '../input/send-input.ts'
import { hasCursorKey, toKeyBytes } from '../keys.ts'
import type { ParsedArgs } from '../parse-args.ts'
import { defaultOwner } from '../run/owner.ts'
import { defineVerb } from '../verb.ts'

const FLAGS = {
  enter: { kind: 'boolean', short: 'e', help: 'Press Enter after the text' },
  keys: {
    kind: 'text',
    short: 'k',
    value: 'KEYS',
    help: 'Keys by name, after the text: C-c, Up, Enter, F1, M-x, …',
  },
  file: { kind: 'text', short: 'f', value: 'FILE|-', help: 'Send the bytes of a file, or of stdin' },
  close: { kind: 'boolean', help: 'Close stdin afterwards (in a terminal: type end-of-file)' },
} as const

export const send = defineVerb({
  name: 'send',
  summary: "Write to a job's stdin or terminal",
  usage: 'SELECTOR [TEXT…] [--enter] [--keys KEYS] [--file FILE|-] [--close]',
  details: 'What is accepted is on disk and reaches the job once and in order, whatever dies meanwhile.',
  flags: FLAGS,
  rules: [],
  positionals: { name: 'SELECTOR', min: 1, max: Number.POSITIVE_INFINITY },
  completes: { kind: 'jobs', live: true },
  examples: [
    { command: 'fettle send repl "print(1)" --enter', does: 'types a line' },
    { command: 'fettle send top --keys q', does: 'presses q; C-c, Up, F1 and others by name' },
    { command: 'fettle send sort --file data.txt --close', does: 'sends a file and ends the input' },
  ],
  async run(cli, args) {
    const [selector = '', ...texts] = args.words
    const job = findJob(cli.home, selector, defaultOwner())
    const keys = args.text('keys')
    const applicationCursor = keys !== null && hasCursorKey(keys) && (await wantsApplicationCursor(cli, job))
    const bytes = inputBytes(args, job, { texts, applicationCursor })
    if (bytes.length === 0 && !args.on('close')) {
      throw new FettleError('usage', 'Nothing was given to send', {
        hint: 'TEXT, --keys, --file, --enter or --close',
      })
    }
    using client = await connectDaemon(cli)
    const sent = await sendInput({ client, job: job.id, bytes, clientId: crypto.randomUUID(), firstSeq: 0 })
    if (args.on('close')) await client.call('closeJob', { params: { job: job.id } })
    if (cli.json) cli.data({ id: job.id, ...sent, closed: args.on('close') })
    else if (bytes.length > 0)
      cli.say(`${job.name ?? job.id} took ${formatCounted(sent.acceptedBytes, 'byte', 'bytes')}`)
    return 0
  },
})

async function wantsApplicationCursor(cli: Cli, job: JobView): Promise<boolean> {
  if (job.spec.pty === null || job.run === null) return false
  const paths = runPaths(runDir(cli.home, job.id, job.run.n))
  using screen = await RunScreen.open({ paths, atFirst: job.spec.pty })
  await screen.advance()
  return screen.wantsApplicationCursor
}

function inputBytes(
  args: ParsedArgs<typeof FLAGS>,
  job: JobView,
  { texts, applicationCursor }: { readonly texts: readonly string[]; readonly applicationCursor: boolean },
): Buffer {
  const file = args.text('file')
  const keys = args.text('keys')
  const parts: Uint8Array[] = [Buffer.from(texts.join(' '))]
  if (file !== null) parts.push(readBytes(file))
  if (keys !== null) parts.push(Buffer.from(toKeyBytes(keys, { applicationCursor })))
  if (args.on('enter')) parts.push(Buffer.from(job.spec.pty === null ? '\n' : '\r'))
  return Buffer.concat(parts)
}

function readBytes(file: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(file === '-' ? 0 : file))
  } catch (error) {
    throw new FettleError(
      'bad_value',
      `--file: cannot read ${file}: ${error instanceof Error ? error.message : ''}`,
    )
  }
}
