//! The scripts that make a shell ask `exoctl __complete`.
//!
//! Its answer is one candidate a line: the word, a tab, what it means.

use clap::ValueEnum;

/// A shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// Bash 3.2 and later.
    Bash,
    /// Zsh.
    Zsh,
    /// Fish.
    Fish,
    /// PowerShell 5.1 and later.
    #[value(name = "powershell", alias = "pwsh")]
    Pwsh,
}

/// The script for a shell, to be sourced from its start-up file.
pub(crate) const fn script(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => BASH,
        Shell::Zsh => ZSH,
        Shell::Fish => FISH,
        Shell::Pwsh => POWERSHELL,
    }
}

const BASH: &str = r#"_exoctl() {
    local IFS=$'\n' line
    COMPREPLY=()
    # Words as typed, not as bash splits them at ':' and '='.
    local -a words
    read -r -d '' -a words < <(IFS=' '; printf '%s\n' ${COMP_LINE:0:COMP_POINT}) || true
    [[ ${COMP_LINE:COMP_POINT-1:1} == ' ' ]] && words+=('')
    for line in $(exoctl __complete -- "${words[@]:1}" 2>/dev/null); do
        COMPREPLY+=("${line%%$'\t'*}")
    done
    # Bash replaces only what follows the last break character of the word.
    local word=${words[${#words[@]}-1]} broken
    broken=${word%"${word##*[:=]}"}
    [[ -n $broken ]] && COMPREPLY=("${COMPREPLY[@]#"$broken"}")
}
complete -o default -F _exoctl exoctl
"#;

const ZSH: &str = r#"#compdef exoctl
_exoctl() {
    local -a candidates
    local line value
    for line in "${(@f)$(exoctl __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        [[ -z $line ]] && continue
        value=${line%%$'\t'*}
        candidates+=("${value//:/\\:}:${line#*$'\t'}")
    done
    if (( ${#candidates} )); then
        _describe -t exoctl exoctl candidates -M 'm:{a-zA-Z}={A-Za-z}'
    else
        _files
    fi
}
compdef _exoctl exoctl
"#;

const FISH: &str = r"function __exoctl_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    exoctl __complete -- $words[2..] (commandline --current-token --cut-at-cursor) 2>/dev/null
end
complete --command exoctl --arguments '(__exoctl_complete)'
";

const POWERSHELL: &str = r#"Register-ArgumentCompleter -Native -CommandName exoctl -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
    # An empty argument does not survive Windows PowerShell, so it is said in words.
    $last = if ($wordToComplete) { @('--', $words, $wordToComplete) } else { @('--empty', '--', $words) }
    exoctl __complete @($last | ForEach-Object { $_ }) 2>$null | ForEach-Object {
        $value, $help = $_ -split "`t", 2
        if (-not $help) { $help = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
    }
}
"#;
