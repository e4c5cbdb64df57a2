import { VERSION } from '../../platform/version.ts'
import { defineVerb } from '../verb.ts'

export const version = defineVerb({
  name: 'version',
  summary: 'Version of this binary',
  usage: '',
  flags: {},
  positionals: { name: 'WORD', min: 0, max: 0 },
  examples: [{ command: 'fettle version --json', does: 'version, runtime and platform as an object' }],
  run(cli) {
    const facts = { version: VERSION, bun: Bun.version, platform: process.platform, arch: process.arch }
    if (cli.json) cli.data(facts)
    else cli.line(`fettle ${facts.version} (bun ${facts.bun}, ${facts.platform} ${facts.arch})`)
    return 0
  },
})
