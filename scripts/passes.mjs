// What `npm run check` and `npm test` run, as data. A new pass is a new entry here.

/**
 * A step is a command that succeeds or fails; it holds no counted tests.
 * @typedef {object} Step
 * @property {string} name
 * @property {[tool: string, ...args: string[]]} argv  the tool is looked up in node_modules/.bin
 */

/**
 * A pass is one run of `bun test`.
 * @typedef {object} Pass
 * @property {string} name
 * @property {string[]} paths  folders or files, relative to the root, starting with `./`
 * @property {'ordinary' | 'root'} user  who runs it; `root` is left out when the caller is not root
 * @property {Record<string, string>} [env]
 * @property {string[]} [wrapper]  a command of root's that becomes the pass, such as one that makes a namespace; relative to the root
 * @property {boolean} [needsBinary]  left out, as a failure, when the build failed
 * @property {boolean} [mayBeEmpty]  a folder that may hold no test yet: then the pass is skipped, and said so
 * @property {number} [timeoutMinutes]  the whole pass; its process group is killed after that
 */

/** @type {Step} */
export const types = { name: 'types', argv: ['tsc', '-b'] }

/** @type {Step[]} */
export const lints = [
  { name: 'lint', argv: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'format', argv: ['oxfmt', '--check'] },
  { name: 'unused', argv: ['knip', '--no-progress', '--no-config-hints'] },
]

/** @type {Step} */
export const build = { name: 'build', argv: ['bun', 'scripts/build.ts'] }

export const TEST_TIMEOUT_MS = 60_000
export const PASS_TIMEOUT_MINUTES = 15

/** @type {Pass} */
export const unit = { name: 'unit', paths: ['./src/', './bench/'], user: 'ordinary' }

/** Test files whose subject differs for root: signals to strangers, cgroups, homes of other users. */
const asRoot = [
  './test/root/',
  './test/engine/stop.test.ts',
  './test/engine/leftovers.test.ts',
  './test/cli/run-and-read.test.ts',
  './test/cli/control.test.ts',
  './test/cli/daemon-deaths.test.ts',
]

/** @type {Pass[]} */
export const passes = [
  unit,
  { name: 'layers', paths: ['./test/layers/'], user: 'ordinary' },
  { name: 'docs', paths: ['./test/docs/'], user: 'ordinary' },
  { name: 'engine', paths: ['./test/engine/'], user: 'ordinary', needsBinary: true },
  {
    name: 'older kernel',
    paths: [
      './test/engine/anchor-deaths.test.ts',
      './test/engine/keeper-deaths.test.ts',
      './test/engine/leftovers.test.ts',
      './test/engine/storm.test.ts',
    ],
    user: 'ordinary',
    needsBinary: true,
    env: { FETTLE_TEST_DISABLE: 'pidfd,pidfd_info,cgroup,inotify' },
  },
  {
    name: 'every fallback',
    paths: ['./test/engine/'],
    user: 'ordinary',
    needsBinary: true,
    env: { FETTLE_TEST_DISABLE: 'pidfd,pidfd_info,splice,cgroup,inotify,subreaper' },
  },
  {
    name: 'init that never reaps',
    paths: [
      './test/engine/anchor-deaths.test.ts',
      './test/engine/identity.test.ts',
      './test/engine/leftovers.test.ts',
      './test/engine/start-failures.test.ts',
    ],
    user: 'ordinary',
    needsBinary: true,
    wrapper: [
      'unshare',
      '--pid',
      '--fork',
      '--mount-proc',
      'python3',
      'test/fixtures/init.py',
      'pass',
      '/usr/bin/env',
      'env',
    ],
  },
  {
    name: '256 descriptors, long paths',
    paths: [
      './test/engine/cap.test.ts',
      './test/engine/capture.test.ts',
      './test/engine/pty.test.ts',
      './test/engine/stdin.test.ts',
    ],
    user: 'ordinary',
    needsBinary: true,
    wrapper: ['prlimit', '--nofile=256:256'],
    env: { FETTLE_TEST_DEEPER: `${'deep/'.repeat(6)}${'x'.repeat(120)}` },
  },
  { name: 'cli', paths: ['./test/cli/'], user: 'ordinary', needsBinary: true },
  {
    name: 'regressions',
    paths: ['./test/regressions/'],
    user: 'ordinary',
    needsBinary: true,
    mayBeEmpty: true,
  },
  { name: 'as root', paths: asRoot, user: 'root', needsBinary: true },
]

/**
 * Programs the tests drive. Any of the commands will do; the Debian package provides one.
 * @type {{ commands: string[], package: string }[]}
 */
export const programs = [
  { commands: ['vim', 'vim.tiny'], package: 'vim-tiny' },
  { commands: ['less'], package: 'less' },
  { commands: ['setsid'], package: 'util-linux' },
  { commands: ['ps'], package: 'procps' },
  { commands: ['python3'], package: 'python3' },
  { commands: ['tmux'], package: 'tmux' },
  { commands: ['tcc', 'cc'], package: 'tcc' },
  { commands: ['zsh'], package: 'zsh' },
  { commands: ['fish'], package: 'fish' },
  { commands: ['systemd-analyze'], package: 'systemd' },
]
