package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/llmspell/llmspell/internal/logs"
	"github.com/llmspell/llmspell/tools/schema"
)

// unknownComponents returns what is said of the names in levels of the log that nothing
// logs as: they do nothing, which whoever has misspelt one would not see. what is where
// they stand.
func unknownComponents(what string, levels logs.Levels) []string {
	var out []string
	for _, name := range levels.Unknown() {
		near := schema.Nearest(name, logs.Components())
		if near != "" {
			near = fmt.Sprintf("; did you mean %q?", near)
		}
		out = append(out, fmt.Sprintf("%s: no component is called %q%s (there are %s)", what, name, near, strings.Join(logs.Components(), ", ")))
	}
	return out
}

// unknownInLog looks at all that says levels when the log is made. RUST_LOG may name the
// parts of other programs, and is believed.
func (a *app) unknownInLog() []string {
	var out []string
	if spec := os.Getenv(logVariable); spec != "" {
		levels, _ := logs.Levels{}.Parse(spec) // a mistake is an error already
		out = unknownComponents(logVariable, levels)
	}
	levels, err := logs.NewLevels("", a.config.Config.Log.Components)
	if err == nil {
		out = append(out, unknownComponents("log.components", levels)...)
	}
	return out
}
