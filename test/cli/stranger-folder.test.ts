import { expect, test } from 'bun:test'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CliHome } from '../support/cli-home.ts'

test("a stranger's bunfig.toml, .env, tsconfig and package.json do not act", async () => {
  await using cli = new CliHome()
  const mark = join(cli.work, 'acted')
  writeFileSync(join(cli.work, 'bunfig.toml'), 'preload = ["./pre.ts"]\n')
  writeFileSync(
    join(cli.work, 'pre.ts'),
    `require('node:fs').writeFileSync(${JSON.stringify(mark)}, 'yes')\n`,
  )
  writeFileSync(join(cli.work, '.env'), 'PATH=/evil\nFROM_DOTENV=secret\n')
  writeFileSync(join(cli.work, 'package.json'), '{"imports": {"#x": "./pre.ts"}}\n')
  writeFileSync(join(cli.work, 'tsconfig.json'), '{"compilerOptions": {"paths": {"*": ["./pre.ts"]}}}\n')
  const printed = await cli.run(['run', '--wait', '--name', 'env', '--', 'env'])
  expect(printed.code).toBe(0)
  for (const verb of [['ps'], ['events'], ['paths'], ['version'], ['why', 'env'], ['daemon', 'status']]) {
    expect((await cli.run(verb)).code).toBe(0)
  }
  const environment = await cli.ok('logs', 'env')
  expect(environment).not.toContain('FROM_DOTENV')
  expect(environment).not.toContain('/evil')
  expect(existsSync(mark)).toBe(false)
})
