/** What the quickstart types. Shell scripts only: nothing but fettle itself and sh is needed. */
export interface Step {
  /** What is about to be seen. */
  readonly title: string
  /** Arguments of fettle; `null` stands for fettle's own binary in a command. */
  readonly args: readonly (string | null)[]
  /** The exit code that shows that it worked. */
  readonly expects: number
}

const TESTS =
  'echo "1..3"; echo "ok 1 - adds"; echo "ok 2 - subtracts"; echo "not ok 3 - divides by zero" >&2; exit 3'

const CHATTY =
  'i=0; while :; do i=$((i+1)); echo "request $i served"; [ $((i % 25)) = 0 ] && echo "ERROR: request $i took 2.1 s"; sleep 0.02; done'

const TERMINAL =
  'echo "this is $(tty)"; echo "rows and columns: $(stty size)"; printf "your name? "; read name; echo "hello, $name"; exec cat'

/** Leaves a process behind on purpose: of another session, and with its parent gone. */
const ESCAPEE =
  's=""; command -v setsid >/dev/null && s=setsid; ($s sleep 1000 & echo "left the job: $!"); echo "working"; exec sleep 1000'

export const ESCAPED_PID = /left the job: (\d+)/

export function quickstartSteps(siteDir: string): Step[] {
  return [
    {
      title: 'A web server: started, and ready when it says that it serves',
      args: [
        'run',
        '--name',
        'web',
        '--ready',
        'output:serving',
        '--',
        null,
        '__serve-files',
        '--dir',
        siteDir,
      ],
      expects: 0,
    },
    { title: '', args: ['wait', 'web', '--for', 'ready', '--timeout', '10s'], expects: 0 },
    { title: '', args: ['logs', 'web'], expects: 0 },
    {
      title: 'A test suite that fails: its exit code is the answer',
      args: ['run', '--name', 'tests', '--wait', '--', 'sh', '-c', TESTS],
      expects: 3,
    },
    { title: '', args: ['logs', 'tests'], expects: 0 },
    { title: '', args: ['why', 'tests'], expects: 0 },
    {
      title: 'A chatty job: told of when a line holds ERROR',
      args: ['run', '--name', 'chatty', '--watch', 'ERROR', '--', 'sh', '-c', CHATTY],
      expects: 0,
    },
    {
      title: '',
      args: ['wait', 'chatty', '--for', 'match', '--match', 'ERROR', '--timeout', '10s'],
      expects: 0,
    },
    { title: '', args: ['notifications', '--wait', '2s'], expects: 0 },
    {
      title: 'A terminal program: it has a terminal of its own, and is typed to',
      args: ['run', '--name', 'term', '--pty', '8x60', '--', 'sh', '-c', TERMINAL],
      expects: 0,
    },
    {
      title: '',
      args: ['wait', 'term', '--for', 'quiet', '--quiet-for', '200ms', '--timeout', '5s'],
      expects: 0,
    },
    { title: '', args: ['send', 'term', 'world', '--enter'], expects: 0 },
    {
      title: '',
      args: ['wait', 'term', '--for', 'match', '--match', 'hello, world', '--timeout', '5s'],
      expects: 0,
    },
    { title: '', args: ['screen', 'term'], expects: 0 },
    {
      title: 'A script that leaves a process behind, of another session and with its parent gone',
      args: ['run', '--name', 'escapee', '--', 'sh', '-c', ESCAPEE],
      expects: 0,
    },
    {
      title: '',
      args: ['wait', 'escapee', '--for', 'match', '--match', 'working', '--timeout', '5s'],
      expects: 0,
    },
    { title: 'All of it', args: ['ps'], expects: 0 },
    {
      title: 'Stop everything: done when the kernel says that nothing is left',
      args: ['kill', '--all', '--yes'],
      expects: 0,
    },
  ]
}

export const NEXT_COMMANDS = `Next:
  fettle run --name web --ready port:3000 -- npm run dev     a dev server of yours
  fettle ps                                                  what runs
  fettle logs web --follow                                   what it prints
  fettle attach NAME                                         the terminal of a --pty job; Ctrl-] leaves
  fettle why NAME                                            what happened, and who did it
  fettle kill NAME                                           stops it and all that it started
  fettle --help                                              the other verbs
`
