import { connectDaemon } from '../daemon/connect-daemon.ts'
import { localTime } from '../render/event-line.ts'
import { defaultOwner } from '../run/owner.ts'
import { defineVerb } from '../verb.ts'

export const notifications = defineVerb({
  name: 'notifications',
  summary: 'What an owner has not been told yet; taken with the answer',
  usage: '[--owner OWNER] [--peek] [--format text|model]',
  details: 'Ends of jobs started with --notify, watch matches and delegations. --peek looks without taking.',
  flags: {
    owner: { kind: 'text', value: 'OWNER', help: 'Whose (else FETTLE_OWNER, else user:NAME)' },
    peek: { kind: 'boolean', help: 'Look without taking: nothing is marked as told' },
    format: {
      kind: 'choice',
      choices: ['text', 'model'],
      help: 'model: one text for a language model, bounded, output marked as data',
    },
    'own-turn': {
      kind: 'boolean',
      help: "Asked in the owner's own turn: completions it polled are held back",
    },
    wait: { kind: 'duration', help: 'When there is nothing, wait this long for something' },
  },
  positionals: { name: 'WORD', min: 0, max: 0 },
  examples: [
    { command: 'fettle notifications --peek', does: 'what is waiting' },
    { command: 'fettle notifications --owner agent-1 --format model', does: "for an agent's next turn" },
  ],
  async run(cli, args) {
    using client = await connectDaemon(cli)
    const forModel = args.text('format') === 'model'
    const waitMs = args.number('wait')
    const answer = await client.call('notifications', {
      query: {
        owner: args.text('owner') ?? defaultOwner(),
        format: forModel ? 'model' : 'json',
        peek: args.on('peek') ? true : undefined,
        ownTurn: args.on('own-turn') ? true : undefined,
        waitMs: waitMs ?? undefined,
      },
    })
    if (cli.json) cli.data(answer)
    else if (forModel) cli.out(answer.text === '' ? '' : `${answer.text}\n`)
    else
      for (const notice of answer.notices)
        cli.line(`${cli.paint('dim', localTime(notice.atMs))} ${notice.text}`)
    if (answer.notices.length === 0 && !cli.json) cli.say('nothing new')
    return 0
  },
})
