import { FettleError } from '../../core/errors.ts'
import type { FettleClient } from '../../client/client.ts'
import type { Cli } from '../cli.ts'
import { connectDaemon } from '../daemon/connect-daemon.ts'
import type { ParsedArgs } from '../parse-args.ts'
import { readInteger } from '../read-value.ts'
import { eventLine } from '../render/event-line.ts'
import { defineVerb } from '../verb.ts'

const FLAGS = {
  owner: { kind: 'text', value: 'OWNER', help: 'create: only events of this owner' },
  from: { kind: 'text', value: 'SEQ|now', help: 'create: first event to read (default now)' },
  limit: { kind: 'integer', value: 'N', min: 1, help: 'read: at most so many' },
  wait: { kind: 'duration', help: 'read: when there is nothing, wait this long for something' },
} as const

const ACTIONS = ['create', 'read', 'ack']

export const consumer = defineVerb({
  name: 'consumer',
  summary: 'Read events with a durable cursor of its own',
  usage: 'create NAME | read NAME | ack NAME SEQ',
  details:
    'Reading moves nothing: what is not acknowledged is read again, also after a crash of whoever read it.',
  flags: FLAGS,
  positionals: { name: 'WORD', min: 2, max: 3 },
  completes: { kind: 'words', words: ACTIONS },
  examples: [
    { command: 'fettle consumer create mailer --from 0', does: 'a cursor that begins with the first event' },
    { command: 'fettle consumer read mailer --wait 30s --json', does: 'what comes after the cursor' },
    { command: 'fettle consumer ack mailer 1204', does: 'everything up to 1204 has been dealt with' },
  ],
  async run(cli, args) {
    const [action = '', name = '', seq] = args.words
    if (!ACTIONS.includes(action))
      throw new FettleError('usage', `"consumer" has no "${action}"`, { hint: ACTIONS.join(', ') })
    if ((action === 'ack') !== (seq !== undefined))
      throw new FettleError('usage', `consumer ${action} NAME${action === 'ack' ? ' SEQ' : ''} was expected`)
    using client = await connectDaemon(cli)
    if (action === 'read') return await read(cli, client, name, args)
    const answer =
      action === 'create'
        ? await client.call('createConsumer', {
            body: { name, owner: args.text('owner'), fromSeq: toFrom(args.text('from') ?? 'now') },
          })
        : await client.call('ackConsumer', {
            params: { name },
            body: { seq: readInteger('SEQ', seq ?? '', 0) },
          })
    if (cli.json) cli.data(answer)
    else cli.line(`${answer.name}: reads after ${answer.ackedSeq}`)
    return 0
  },
})

async function read(
  cli: Cli,
  client: FettleClient,
  name: string,
  args: ParsedArgs<typeof FLAGS>,
): Promise<number> {
  const answer = await client.call('consumerEvents', {
    params: { name },
    query: { limit: args.number('limit') ?? undefined, waitMs: args.number('wait') ?? undefined },
  })
  if (cli.json) cli.data(answer)
  else for (const event of answer.events) cli.line(eventLine(event, { paint: cli.paint, names: new Map() }))
  if (answer.events.length === 0) cli.say('nothing new')
  return 0
}

function toFrom(text: string): number | 'now' {
  return text === 'now' ? 'now' : readInteger('--from', text, 0)
}
