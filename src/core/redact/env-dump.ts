/**
 * Whether a command prints variables and their values: a listing of the environment, or a file of settings. Only
 * for those is every `SECRET_NAME=value` masked; elsewhere that would damage code.
 */
export function isEnvDumpCommand(argv: readonly string[]): boolean {
  return isDump(argv, MAX_DEPTH)
}

/** Shells in shells in shells: whoever goes deeper does it to hide. */
const MAX_DEPTH = 4

const LISTERS: ReadonlySet<string> = new Set(['printenv', 'set', 'export', 'declare', 'typeset', 'compgen'])
const READERS: ReadonlySet<string> = new Set(
  'cat bat batcat less more head tail tac nl grep egrep fgrep rg ag sed awk gawk cut sort strings xxd od view'.split(
    ' ',
  ),
)
const PREFIXES: ReadonlySet<string> = new Set(
  'sudo doas nohup time command builtin exec nice ionice stdbuf timeout setsid xargs watch'.split(' '),
)
const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'ash', 'fish', 'busybox'])
const LAUNCHERS: ReadonlySet<string> = new Set([
  'docker',
  'podman',
  'kubectl',
  'ssh',
  'apptainer',
  'nsenter',
  'oc',
])

const SETTINGS_FILE =
  /^(?:\.env(?:\..+|rc)?|.+\.env|\.(?:bash|zsh|ksh|csh|tcsh|profile)?(?:rc|env|profile|login|_profile|_login)|\.profile|\.zprofile|\.bash_aliases|\.?netrc|\.npmrc|\.yarnrc(?:\.yml)?|\.pypirc|\.pgpass|\.my\.cnf|\.boto|\.s3cfg|\.git-credentials|credentials(?:\.json|\.toml)?|environ(?:ment)?|secrets?\.(?:ya?ml|json|toml|env))$/

function isDump(argv: readonly string[], depth: number): boolean {
  const [first, ...rest] = argv
  if (first === undefined || depth === 0) return false
  const program = baseName(first)
  if (LISTERS.has(program)) return true
  if (program === 'env') return isEnvListing(rest, depth)
  if (READERS.has(program)) return rest.some((word) => SETTINGS_FILE.test(baseName(word)))
  if (SHELLS.has(program)) return isShellDump(rest, depth)
  if (PREFIXES.has(program)) return isDumpAfterFlags(rest, depth)
  if (LAUNCHERS.has(program)) return isLaunchedDump(rest, depth)
  return false
}

/** `env` lists unless it is given a command to run. */
function isEnvListing(rest: readonly string[], depth: number): boolean {
  const at = rest.findIndex((word) => !word.startsWith('-') && !/^[A-Za-z_]\w*=/.test(word))
  return at === -1 || isDump(rest.slice(at), depth - 1)
}

function isShellDump(rest: readonly string[], depth: number): boolean {
  const at = rest.findIndex((word) => /^-[a-z]*c$/.test(word))
  const script = at === -1 ? undefined : rest.slice(at + 1).find((word) => !word.startsWith('-'))
  if (script === undefined) return false
  return splitCommands(script).some((words) => isDump(skipAssignments(words), depth - 1))
}

function isDumpAfterFlags(rest: readonly string[], depth: number): boolean {
  // Which flags take a value differs; the first word that begins a dump decides.
  return rest.some((word, at) => !word.startsWith('-') && isDump(rest.slice(at), depth - 1))
}

function isLaunchedDump(rest: readonly string[], depth: number): boolean {
  return rest.some((word, at) => {
    if (/\s/.test(word)) return splitCommands(word).some((words) => isDump(skipAssignments(words), depth - 1))
    const program = baseName(word)
    const isKnown = program === 'env' || program === 'printenv' || READERS.has(program) || SHELLS.has(program)
    return at > 0 && isKnown && isDump(rest.slice(at), depth - 1)
  })
}

function skipAssignments(words: readonly string[]): readonly string[] {
  const at = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word))
  return at === -1 ? [] : words.slice(at)
}

/** The commands of a script, each as words; quotes are taken off, nothing is expanded. */
function splitCommands(script: string): string[][] {
  const commands: string[][] = [[]]
  for (const [token, double, single] of script.matchAll(
    /"((?:[^"\\]|\\.)*)"|'([^']*)'|[;|&()\n]+|[^\s;|&()"']+/g,
  )) {
    if (/^[;|&()\n]/.test(token)) commands.push([])
    else commands.at(-1)?.push(double ?? single ?? token)
  }
  return commands
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
