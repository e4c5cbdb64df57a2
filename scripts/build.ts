// Makes dist/fettle: one file that is CLI, anchor, daemon and keeper.
// Every autoload is off: a stranger's .env, bunfig.toml, tsconfig.json or package.json must not act in it.

import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const root = dirname(import.meta.dirname)
const pkg = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
/** Tests of an upgrade make one of another version in another place. */
const { values } = parseArgs({
  options: {
    version: { type: 'string', default: pkg.version },
    out: { type: 'string', default: join(root, 'dist', 'fettle') },
  },
})
const { version } = values
const out = resolve(values.out)
const temporary = join(dirname(out), `.fettle-${process.pid}`)

mkdirSync(dirname(out), { recursive: true })
const startedMs = performance.now()
const build = spawnSync(
  process.execPath,
  [
    'build',
    '--compile',
    '--bytecode',
    // without it every built-in module that any verb imports is loaded by all of them (node:http alone costs 15 ms)
    '--splitting',
    '--format=esm',
    '--minify',
    '--no-compile-autoload-dotenv',
    '--no-compile-autoload-bunfig',
    '--no-compile-autoload-tsconfig',
    '--no-compile-autoload-package-json',
    '--define',
    `FETTLE_VERSION=${JSON.stringify(version)}`,
    join(root, 'src', 'main.ts'),
    '--outfile',
    temporary,
  ],
  // bun puts files of its own into the current folder while it compiles
  { cwd: dirname(out), stdio: ['ignore', 'inherit', 'inherit'] },
)
if (build.status !== 0) {
  rmSync(temporary, { force: true })
  console.error(`build failed: ${out} is unchanged`)
  process.exit(1)
}
// by rename: a running fettle keeps its own file, writing into it would be "Text file busy"
renameSync(temporary, out)
const megabytes = (statSync(out).size / 1e6).toFixed(0)
const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
console.log(`${relative(process.cwd(), out)} ${version}, ${megabytes} MB, ${seconds} s`)
