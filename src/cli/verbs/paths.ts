import { settingsFile } from '../../store/home/read-settings.ts'
import { anchorSocket, daemonSocket } from '../../store/layout.ts'
import { defineVerb } from '../verb.ts'

export const paths = defineVerb({
  name: 'paths',
  summary: 'Where config, state and sockets are',
  usage: '',
  details:
    'FETTLE_HOME or --home puts config and state under one folder; without it the XDG folders are used.',
  flags: {},
  positionals: { name: 'WORD', min: 0, max: 0 },
  examples: [
    { command: 'fettle paths', does: 'one path per line, with its name' },
    { command: 'fettle paths --json', does: 'the same as an object' },
  ],
  run(cli) {
    const { home } = cli
    const found = {
      config: home.config,
      settings: settingsFile(home),
      state: home.state,
      runtime: home.runtime,
      daemonSocket: daemonSocket(home),
      anchorSocket: anchorSocket(home),
      daemonLog: `${home.state}/log/daemon.log`,
      binary: process.execPath,
      hostId: home.hostId,
    }
    if (cli.json) {
      cli.data({ ...found, exists: home.exists, moved: home.moved })
      return 0
    }
    for (const [name, path] of Object.entries(found)) cli.line(`${name.padEnd(13)} ${path}`)
    if (!home.exists) cli.say('nothing has been made there yet; the first "fettle run" does')
    if (home.moved !== null) {
      cli.say(
        `${home.moved.from} is on a network file system (${home.moved.fileSystem}): state is kept on local disk`,
      )
    }
    return 0
  },
})
