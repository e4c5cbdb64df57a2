import { createInterface } from 'node:readline'
import type { FettleClient } from '../../client/client.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import type { Cli } from '../cli.ts'
import { sendInput } from '../input/send-input.ts'
import { showLogs } from '../logs/show-logs.ts'

/** A run without a terminal: its output is followed, and lines that are typed go to its stdin where that is open. */
export async function attachLines(options: {
  cli: Cli
  client: FettleClient
  job: JobView
  run: number
}): Promise<void> {
  const { cli, client, job, run } = options
  const clientId = crypto.randomUUID()
  let seq = 0
  let last = Promise.resolve()
  const lines = job.spec.stdin === 'pipe' ? createInterface({ input: process.stdin }) : null
  const enqueue = (act: () => Promise<void>): void => {
    last = last.then(act).catch((error: unknown) => {
      cli.say(`not sent: ${error instanceof Error ? error.message : String(error)}`)
    })
  }
  lines?.on('line', (line) => {
    enqueue(async () => {
      const sent = await sendInput({
        client,
        job: job.id,
        bytes: Buffer.from(`${line}\n`),
        clientId,
        firstSeq: seq,
      })
      seq = sent.nextSeq
    })
  })
  lines?.on('close', () => {
    enqueue(async () => {
      await client.call('closeJob', { params: { job: job.id } })
      cli.say('stdin of the job is closed')
    })
  })
  await showLogs({
    cli,
    job,
    run,
    wish: { kind: 'tail', lines: 10 },
    chosen: true,
    follow: true,
    stream: null,
    raw: false,
    unredacted: false,
    keep: null,
  })
  lines?.removeAllListeners()
  lines?.close()
  await last
}
