import { connectDaemon } from '../daemon/connect-daemon.ts'
import { defineVerb } from '../verb.ts'

export const resume = defineVerb({
  name: 'resume',
  summary: 'Let starts and restarts happen again',
  usage: '[--why TEXT]',
  details: 'Ends what "fettle pause" began; restarts that came due meanwhile happen now.',
  flags: { why: { kind: 'text', value: 'TEXT', help: 'Reason, kept in the events' } },
  positionals: { name: 'WORD', min: 0, max: 0 },
  examples: [{ command: 'fettle resume --why "disk is full"', does: 'starts and restarts happen again' }],
  async run(cli, args) {
    using client = await connectDaemon(cli)
    await client.call('resume', { body: { why: args.text('why') ?? '' } })
    if (cli.json) cli.data({ paused: false })
    else cli.line('starts and restarts happen again')
    return 0
  },
})
