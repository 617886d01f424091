package cli

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel/rpc"
)

// A session is meant by its id, its name, or the id of its session on disk.
func TestPickSession(t *testing.T) {
	list := []rpc.SessionInfo{{ID: "a", Name: "Sa", Record: "ra"}, {ID: "b", Name: "Sb", Record: "rb"}, {ID: "c"}}
	for wanted, id := range map[string]string{"a": "a", "Sb": "b", "rb": "b", "c": "c"} {
		if got, err := pickSession(list, "dev", wanted); got != id || err != nil {
			t.Errorf("%s: %q, %v", wanted, got, err)
		}
	}
	for wanted, want := range map[string]string{"": "has 3 sessions: say which, as in --attach dev/a: a (Sa), b (Sb), c", "x": `no session "x"; it has a (Sa), b (Sb), c`} {
		if _, err := pickSession(list, "dev", wanted); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", wanted, err)
		}
	}
}
