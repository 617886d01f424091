package options

import (
	"strings"

	"github.com/llmspell/llmspell/kernel/state"
)

// CheckScope returns the error of a text that names no scope of the state. That of the
// current session is one where there is a session.
func CheckScope(text string) error {
	if text == string(state.Session) {
		return nil
	}
	_, err := state.ParseScope(text)
	return err
}

// checkScope lets the tables of the state refuse texts that name no scope.
func checkScope(t *Table) {
	if !strings.HasPrefix(string(t.Name), "State") {
		return
	}
	for _, p := range t.Schema.Properties {
		if p.Name == "scope" {
			t.refuse(p.Name, CheckScope)
		}
	}
}
