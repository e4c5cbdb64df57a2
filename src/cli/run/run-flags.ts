import type { FlagRule, FlagSpecs } from '../flags.ts'

/** Everything that can be said about a run when it is started. */
export const RUN_FLAGS = {
  name: { kind: 'text', short: 'n', value: 'NAME', help: 'Name, unique among the live jobs of its owner' },
  wait: { kind: 'boolean', short: 'w', help: "Wait for the end and answer with the job's exit code" },
  timeout: {
    kind: 'duration',
    positive: true,
    help: 'With --wait: stop waiting after this long (exit 124); the job goes on',
  },
  owner: {
    kind: 'text',
    value: 'OWNER',
    help: 'Whom the job belongs to (else FETTLE_OWNER, else user:NAME)',
  },
  task: { kind: 'text', value: 'TASK', help: 'Narrower group under the owner' },
  label: { kind: 'list', short: 'l', value: 'K=V', help: 'Label to select by' },
  cwd: { kind: 'text', short: 'C', value: 'DIR', help: 'Directory to run in (else this one)' },
  'cwd-fallback': {
    kind: 'boolean',
    help: 'When that directory is missing, take its nearest parent that is there',
  },
  env: { kind: 'list', short: 'e', value: 'K=V|K', help: 'Variable for the run; K alone takes it from here' },
  'env-file': {
    kind: 'list',
    value: 'FILE',
    help: 'Variables from a file of K=V lines (not visible in argv)',
  },
  shell: { kind: 'text', value: 'STRING', help: 'Run this by sh -c instead of a command' },
  login: { kind: 'boolean', help: 'With --shell: a login shell (sh -l -c)' },
  stdin: {
    kind: 'choice',
    choices: ['none', 'pipe'],
    help: 'pipe: stdin stays open for "fettle send" (default none)',
  },
  pty: {
    kind: 'optional',
    value: 'ROWSxCOLS',
    pattern: /^\d+x\d+$/,
    help: 'A terminal of its own, for "attach" and "screen"',
  },
  split: { kind: 'boolean', help: 'Keep stdout and stderr apart (their mutual order is then by arrival)' },
  replace: { kind: 'boolean', help: 'Stop a running job of this name and take its place' },
  after: {
    kind: 'list',
    value: 'NAME:ready|exited|ok',
    help: 'Start when that job is ready, has ended, or has ended well',
  },
  ready: {
    kind: 'text',
    value: 'CHECK',
    help: 'Ready when: output:TEXT port:N http:URL file:PATH cmd:COMMAND',
  },
  'ready-timeout': {
    kind: 'duration',
    positive: true,
    help: 'Not ready after this long is a failure (default 60s)',
  },
  restart: {
    kind: 'choice',
    choices: ['never', 'on-failure', 'always'],
    help: 'Start again when it ends (default never)',
  },
  'restart-delay': {
    kind: 'duration',
    help: 'First delay before a restart; doubles with each failure (default 1s)',
  },
  'restart-budget': {
    kind: 'text',
    value: 'N/WINDOW',
    help: 'More starts per window are a crash loop (default 10/10m)',
  },
  watch: { kind: 'list', value: 'PATTERN', help: 'Tell when a line holds this text, or matches /regex/' },
  notify: { kind: 'boolean', help: 'Tell the owner when it has ended' },
  deadline: {
    kind: 'duration',
    positive: true,
    help: 'Stop it after this long (time awake: a sleeping machine does not count)',
  },
  'deadline-wall': {
    kind: 'duration',
    positive: true,
    help: 'Stop it after this long by the clock on the wall, sleep included',
  },
  idle: { kind: 'duration', positive: true, help: 'Stop it after this long without output' },
  memory: { kind: 'size', positive: true, help: 'Stop it when all its processes together hold more' },
  processes: { kind: 'integer', value: 'N', min: 1, help: 'Stop it when it has more processes' },
  'open-files': { kind: 'integer', value: 'N', min: 1, help: 'Limit of open files of each process' },
  'max-output': {
    kind: 'size',
    positive: true,
    help: 'Output kept on disk; the oldest goes first and is counted (default 1GiB)',
  },
  'disk-full': {
    kind: 'choice',
    choices: ['drop', 'wait'],
    help: 'drop: drop output and count it; wait: hold the run back',
  },
  leftovers: {
    kind: 'choice',
    choices: ['stop', 'keep', 'report'],
    help: 'Processes left when it ends (default stop)',
  },
  grace: { kind: 'duration', help: 'Time between SIGTERM and SIGKILL when it is stopped (default 2s)' },
  'stop-signal': { kind: 'text', value: 'SIGNAL', help: 'First signal of a stop (default TERM)' },
  'stop-keys': {
    kind: 'text',
    value: 'KEYS',
    help: 'Keys typed into its terminal before the first signal, as C-c',
  },
} as const satisfies FlagSpecs

export type RunFlags = typeof RUN_FLAGS

export const RUN_RULES: readonly FlagRule[] = [
  {
    flag: 'timeout',
    needs: ['wait'],
    because: 'without waiting there is nothing to time out; --deadline ends the job',
  },
  { flag: 'login', needs: ['shell'], because: 'a command is started without a shell' },
  { flag: 'pty', excludes: ['split'], because: 'a terminal has one stream' },
  { flag: 'pty', excludes: ['stdin'], because: 'a terminal is its own stdin' },
  { flag: 'stop-keys', needs: ['pty'], because: 'keys need a terminal' },
  { flag: 'replace', needs: ['name'], because: 'it is the name that is taken over' },
  { flag: 'restart-delay', needs: ['restart'], because: 'nothing is started again' },
  { flag: 'restart-budget', needs: ['restart'], because: 'nothing is started again' },
  { flag: 'ready-timeout', needs: ['ready'], because: 'there is no check to wait for' },
  { flag: 'cwd-fallback', needs: ['cwd'], because: 'the current directory is there' },
]
