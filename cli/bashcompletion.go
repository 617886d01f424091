package cli

import (
	"bytes"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// writeBash prints the completions of bash. Cobra's script calls functions of the
// package bash-completion, which many machines and most containers have not: ours takes
// their place where they are missing.
func writeBash(w io.Writer, root *cobra.Command) error {
	var script bytes.Buffer
	if err := root.GenBashCompletionV2(&script, true); err != nil {
		return err
	}
	name := strings.NewReplacer("-", "_", ":", "_").Replace(root.Name())
	text := strings.Replace(script.String(), bashWords, strings.ReplaceAll(bashOwnWords, "NAME", name), 1)
	text = strings.NewReplacer(" _filedir\n", " __"+name+"_filedir\n", " _filedir -d", " __"+name+"_filedir -d", `"_filedir `, `"__`+name+`_filedir `).Replace(text)
	_, err := io.WriteString(w, text)
	return err
}

// bashWords is the line of cobra's script that splits the line into words.
const bashWords = "    _get_comp_words_by_ref \"$@\" cur prev words cword\n}\n"

// bashOwnWords does that without bash-completion. Bash ends words at = and : as well;
// those that nothing separates are put together again.
const bashOwnWords = `    if declare -F _get_comp_words_by_ref >/dev/null 2>&1; then
        _get_comp_words_by_ref "$@" cur prev words cword
        return
    fi
    local i n=-1 word rest=$COMP_LINE trimmed
    words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        trimmed=${rest#"${rest%%[![:space:]]*}"}
        if ((n >= 0)) && [[ $trimmed == "$rest" && ($word == [=:]* || ${words[n]} == *[=:]) ]]; then
            words[n]+=$word
        else
            n=$((n + 1))
            words[n]=$word
        fi
        rest=${trimmed#"$word"}
    done
    cword=$n cur=${words[n]} prev=
    if ((n > 0)); then
        prev=${words[n - 1]}
    fi
}

# Files, or with -d folders.
__NAME_filedir()
{
    if declare -F _filedir >/dev/null 2>&1; then
        _filedir "$@"
        return
    fi
    local kind=-f path
    if [[ $1 == -d ]]; then
        kind=-d
    fi
    while IFS='' read -r path; do
        COMPREPLY+=("$path")
    done < <(compgen "$kind" -- "$cur")
}
`
