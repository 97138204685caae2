/**
 * By shell: a script that completes the command. It hands the words on as arguments. What is typed is never evaluated:
 * it may hold a command that was not meant to run yet.
 */
export const COMPLETION_SCRIPTS = {
  bash: `_meld_refresh() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(meld-refresh completions -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _meld_refresh meld-refresh
`,
  zsh: `#compdef meld-refresh
_meld_refresh() {
  local -a found
  found=("\${(@f)$(meld-refresh completions -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=("\${(@)found/$'\\t'/:}")
  if [[ -n "$found[1]" ]]; then _describe meld-refresh found; else _files; fi
}
if [[ "$funcstack[1]" = _meld-refresh ]]; then _meld_refresh "$@"; else compdef _meld_refresh meld-refresh; fi
`,
  fish: `function __meld_refresh
  set -l words (commandline -opc) (commandline -ct)
  meld-refresh completions -- $words[2..-1] 2>/dev/null
end
complete -c meld-refresh -f -a '(__meld_refresh)'
complete -c meld-refresh -l file -r -F
complete -c meld-refresh -l env-file -s e -r -F
`,
} as const;
