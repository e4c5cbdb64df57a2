import { connectDaemon } from '../daemon/connect-daemon.ts'
import { defineVerb } from '../verb.ts'

export const pause = defineVerb({
  name: 'pause',
  summary: 'Hold starts and restarts of all jobs',
  usage: '[--why TEXT]',
  details: 'Live jobs go on; only nothing new is started until "fettle resume".',
  flags: { why: { kind: 'text', value: 'TEXT', help: 'Reason, kept in the events' } },
  positionals: { name: 'WORD', min: 0, max: 0 },
  examples: [
    {
      command: 'fettle pause --why "disk is full"',
      does: 'starts and restarts are held; fettle resume lets them go on',
    },
  ],
  async run(cli, args) {
    using client = await connectDaemon(cli)
    await client.call('pause', { body: { why: args.text('why') ?? '' } })
    if (cli.json) cli.data({ paused: true })
    else cli.line('starts and restarts are held; fettle resume lets them go on')
    return 0
  },
})
