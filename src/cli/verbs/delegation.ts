import { readFileSync } from 'node:fs'
import type { FettleClient } from '../../client/client.ts'
import { FettleError } from '../../core/errors.ts'
import type { DelegationView } from '../../protocol/api/answers.ts'
import type { Cli } from '../cli.ts'
import { connectDaemon } from '../daemon/connect-daemon.ts'
import type { ParsedArgs } from '../parse-args.ts'
import { defaultOwner } from '../run/owner.ts'
import { defineVerb } from '../verb.ts'

const STATUSES = ['completed', 'failed', 'cancelled', 'timed_out'] as const

const FLAGS = {
  owner: { kind: 'text', value: 'OWNER', help: 'Who delegates, and gets the report' },
  goal: { kind: 'list', value: 'TEXT', help: 'create: a goal for one sub-agent' },
  context: { kind: 'text', value: 'TEXT', help: 'create: what each of them should know' },
  toolset: { kind: 'list', value: 'NAME', help: 'create: a toolset they have' },
  role: { kind: 'text', value: 'NAME', help: 'create: their role' },
  model: { kind: 'text', value: 'NAME', help: 'create: their model' },
  index: { kind: 'integer', value: 'N', help: 'result: which of the goals, from 0' },
  status: { kind: 'choice', choices: STATUSES, help: 'result: how it ended' },
  result: { kind: 'text', value: 'TEXT|@FILE|-', help: 'result: what came of it' },
} as const

const ACTIONS = ['create', 'result', 'list']

export const delegation = defineVerb({
  name: 'delegation',
  summary: 'Record work handed to sub-agents; one report comes back',
  usage: 'create --goal TEXT… | result ID --status S --result TEXT | list',
  details: 'Several goals are a batch, answered by one notification when all of them are done.',
  flags: FLAGS,
  positionals: { name: 'WORD', min: 1, max: 2 },
  completes: { kind: 'words', words: ACTIONS },
  examples: [
    {
      command: 'fettle delegation create --goal "find the leak" --owner agent-1',
      does: 'prints the id of the delegation',
    },
    {
      command: 'fettle delegation result dlg_12ab --status completed --result @report.md',
      does: 'reports what came of it',
    },
  ],
  async run(cli, args) {
    const [action = '', id] = args.words
    if (!ACTIONS.includes(action)) {
      throw new FettleError('usage', `"delegation" has no "${action}"`, { hint: ACTIONS.join(', ') })
    }
    if ((action === 'result') !== (id !== undefined)) {
      throw new FettleError('usage', `delegation ${action}${action === 'result' ? ' ID' : ''} was expected`)
    }
    using client = await connectDaemon(cli)
    if (action === 'list') return await list(cli, client, args)
    const { delegation: view } =
      action === 'create' ? await create(client, args) : await report(client, id ?? '', args)
    if (cli.json) cli.data(view)
    else cli.line(action === 'create' ? view.id : describe(view))
    return 0
  },
})

async function create(client: FettleClient, args: ParsedArgs<typeof FLAGS>) {
  const goals = args.list('goal')
  if (goals.length === 0) throw new FettleError('usage', 'delegation create needs a --goal')
  return await client.call('createDelegation', {
    body: {
      owner: args.text('owner') ?? defaultOwner(),
      tasks: goals.map((goal) => ({
        goal,
        context: args.text('context') ?? '',
        toolsets: [...args.list('toolset')],
        role: args.text('role') ?? '',
        model: args.text('model') ?? '',
      })),
    },
  })
}

async function report(client: FettleClient, id: string, args: ParsedArgs<typeof FLAGS>) {
  const given = args.text('status')
  const status = STATUSES.find((name) => name === given)
  if (status === undefined) {
    throw new FettleError('usage', `delegation result needs --status, one of ${STATUSES.join(', ')}`)
  }
  return await client.call('delegationResult', {
    params: { id },
    body: { index: args.number('index') ?? 0, status, result: readText(args.text('result') ?? '') },
  })
}

async function list(cli: Cli, client: FettleClient, args: ParsedArgs<typeof FLAGS>): Promise<number> {
  const { delegations } = await client.call('listDelegations', {
    query: { owner: args.text('owner') ?? undefined },
  })
  if (cli.json) cli.data({ delegations })
  else for (const view of delegations) cli.line(describe(view))
  return 0
}

function describe(view: DelegationView): string {
  const done = view.tasks.filter((task) => task.status !== 'running').length
  return `${view.id}  ${view.owner}  ${done}/${view.tasks.length} done  ${view.tasks[0]?.goal.split('\n')[0]?.slice(0, 80) ?? ''}`
}

function readText(text: string): string {
  if (text !== '-' && !text.startsWith('@')) return text
  return readFileSync(text === '-' ? 0 : text.slice(1), 'utf8')
}
