//go:build unix

package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/internal/dbserver"
)

// onPostgres has the memory of the test lie in a database of its own.
func onPostgres(t *testing.T) *dbserver.Postgres {
	t.Helper()
	p := dbserver.StartPostgres(t)
	t.Setenv("MEMORY_PASSWORD", "s3cret!")
	t.Setenv("LLMSPELL_MEMORY_BACKEND", "postgres")
	t.Setenv("LLMSPELL_MEMORY_DATABASE_URL", p.URL("tester", "${MEMORY_PASSWORD}", "postgres"))
	return p
}

func TestMemoryOnPostgres(t *testing.T) {
	ownFolders(t)
	p := onPostgres(t)
	if got := called(t, 0, "memory", "add", "chat", "user", "My boat is called Marigold", "--id", "1"); got != "1\n" {
		t.Error(got)
	}
	const script = `
		Memory.episodic.add("chat", "bot", "A fine name for a boat", {topic = "boats"})
		for _, turn in ipairs(Memory.episodic.search("chat", "boat called")) do print(turn.role) end`
	if err := os.WriteFile("remember.lua", []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := called(t, 0, "run", "remember.lua"); got != "user\nbot\n" {
		t.Errorf("the script found %q", got)
	}
	stats := called(t, 0, "memory", "stats")
	if !strings.Contains(stats, "episodes     2") || !strings.Contains(stats, "postgres://tester@127.0.0.1:") || strings.Contains(stats, "s3cret") {
		t.Error(stats)
	}
	if got := called(t, 0, "memory", "check"); got != "ok\n" {
		t.Error(got)
	}
	called(t, 0, "memory", "forget", "1", "--session", "chat")
	if got := called(t, 0, "memory", "search", "Marigold", "--format", "json", "--ids"); strings.Contains(got, `"1"`) {
		t.Errorf("found after it was forgotten: %s", got)
	}
	if got := called(t, 0, "config", "show"); strings.Contains(got, "s3cret") {
		t.Error("config show tells the password")
	}
	t.Setenv("MEMORY_PASSWORD", "wr0ng")
	if code, _, errs := call(t, "", "memory", "stats"); code != 1 || !strings.Contains(errs, "the server refuses the connection") || strings.Contains(errs, "wr0ng") {
		t.Errorf("with a wrong password: %d, %s", code, errs)
	}
	p.Stop()
	t.Setenv("LLMSPELL_STORAGE_SQLITE_BUSY_TIMEOUT_MS", "100")
	if code, _, errs := call(t, "", "memory", "stats"); code != 1 || !strings.Contains(errs, "the server cannot be reached") {
		t.Errorf("without a server: %d, %s", code, errs)
	}
}

func TestStorageOnPostgres(t *testing.T) {
	ownFolders(t)
	called(t, 0, "memory", "add", "chat", "user", "My boat is called Marigold", "--id", "1")
	onPostgres(t)
	inTurn(t, []callStep{
		{"storage migrate --from sqlite --to postgres", 0, "tenant \"\": 1 episodes\n", ""},
		{"storage validate sqlite postgres", 0, "the same\n", ""},
		{"memory search boat --format json --ids", 0, `"1"`, ""},
		{"storage export there.jsonl", 0, "1 episodes", ""},
		{"storage migrate --from postgres --to back.db", 0, "1 episodes", ""},
		{"storage validate there.jsonl back.db", 0, "the same\n", ""},
	})
}
