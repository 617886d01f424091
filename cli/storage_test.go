package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// inTurn runs commands, one after the other on what those before have left.
func inTurn(t *testing.T, list []callStep) {
	t.Helper()
	for _, s := range list {
		code, out, errs := call(t, "", strings.Fields(s.args)...)
		if code != s.code || !strings.Contains(out, s.stdout) || !strings.Contains(errs, s.stderr) {
			t.Errorf("%s: exit code %d\n%s%s", s.args, code, out, errs)
		}
	}
}

type callStep struct {
	args           string
	code           int
	stdout, stderr string // parts
}

func TestStorageCommands(t *testing.T) {
	data := ownFolders(t)
	inTurn(t, []callStep{
		{"storage info", 1, "", "there is no " + filepath.Join(data, "memory.db")},
		{"memory add chat user Marigold --id 1", 0, "1", ""},
		{"memory add chat user Soup --id 2 --tenant other", 0, "2", ""},
		{"storage info", 0, "tenant \"\": 1 episodes\ntenant \"other\": 1 episodes\n", "memory.db"},
		{"storage validate", 0, "ok\n", ""},
		{"storage migrate --from sqlite", 2, "", "say from where and to where"},
		{"storage migrate --from sqlite --to sqlite", 2, "", "both places are"},
		{"storage migrate --from sqlite --to copy.txt", 1, "", "there is no place copy.txt"},
		{"storage migrate --from sqlite --to copy.db --dry-run", 0, "tenant \"other\": 1 episodes\n", "would be moved"},
		{"storage info copy.db", 1, "", "there is no"},
		{"storage migrate --from sqlite --to copy.db --tenant nobody", 1, "", "has no tenant \"nobody\""},
		{"storage migrate --from sqlite --to copy.db --tenant other", 0, "tenant \"other\": 1 episodes\n", ""},
		{"storage validate sqlite copy.db", 1, "tenant \"\": episodes: 1 in", "do not hold the same"},
		{"storage validate sqlite copy.db --tenant other", 0, "the same\n", ""},
		{"storage migrate --from sqlite --to copy.db", 0, "tenant \"other\": 1 episodes (there already)\n", ""},
		{"storage validate sqlite copy.db --format json", 0, `"same": true`, ""},
		{"storage export all.jsonl", 0, "tenant \"other\": 1 episodes\n", ""},
		{"storage validate all.jsonl", 0, "ok\n", ""},
		{"storage validate all.jsonl copy.db", 0, "the same\n", ""},
		{"storage export - --tenant other", 0, `"content":"Soup"`, ""},
		{"storage migrate --from sqlite --to all.jsonl", 2, "", "llmspell storage export writes one"},
		{"memory add chat user Later --id 3", 0, "3", ""},
		{"storage import all.jsonl", 1, "", "there is something else already: episodes: 1 in all.jsonl, 2 in"},
		{"storage import all.jsonl --to new.db --format json", 0, `"present": false`, ""},
		{"storage validate all.jsonl new.db", 0, "the same\n", ""},
		{"storage import main.go --to new.db", 1, "", "there is no place main.go"},
	})
	raw, err := os.ReadFile("all.jsonl")
	if err == nil {
		err = os.WriteFile("all.jsonl", []byte(strings.Replace(string(raw), "Marigold", "Marigolt", 1)), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	inTurn(t, []callStep{{"storage import all.jsonl --to third.db", 1, "", "it is damaged: episodes: 1 in both, which say something else"}, {"storage info third.db", 1, "", "there is no"}})
}
