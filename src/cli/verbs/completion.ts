import { FettleError } from '../../core/errors.ts'
import { defineVerb } from '../verb.ts'

/** Each script asks `fettle __complete -- WORDS…` for what may stand in place of the last word. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_fettle() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(fettle __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _fettle fettle
`,
  zsh: `#compdef fettle
_fettle() {
  local -a found
  found=("\${(@f)$(fettle __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found" ]]; then compadd -- $found; else _files; fi
}
compdef _fettle fettle
`,
  fish: `function __fettle_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (fettle __complete -- $words[2..-1] 2>/dev/null)
  if set -q found[1]
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c fettle -f -a '(__fettle_complete)'
`,
}

const PLACES: Readonly<Record<string, string>> = {
  bash: 'source <(fettle completion bash)          # in ~/.bashrc',
  zsh: 'source <(fettle completion zsh)           # in ~/.zshrc, after compinit',
  fish: 'fettle completion fish | source           # in ~/.config/fish/config.fish',
}

export const completion = defineVerb({
  name: 'completion',
  summary: 'Print the completion script of a shell, with live job names',
  usage: 'bash|zsh|fish',
  details: `Put one of these into the shell's start-up file:\n${Object.values(PLACES)
    .map((line) => `  ${line}`)
    .join('\n')}`,
  flags: {},
  positionals: { name: 'SHELL', min: 1, max: 1 },
  completes: { kind: 'words', words: Object.keys(SCRIPTS) },
  examples: Object.values(PLACES).map((command) => ({
    command: command.split('  ')[0] ?? '',
    does: 'turns it on',
  })),
  run(cli, args) {
    const shell = args.words[0] ?? ''
    const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined
    if (script === undefined) {
      throw new FettleError('usage', `There is no completion for "${shell}"`, { hint: 'bash, zsh or fish' })
    }
    cli.out(script)
    return 0
  },
})
