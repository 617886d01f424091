package cli

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel/db"
)

// damageSessions changes the database of the sessions behind the store's back.
func damageSessions(t *testing.T, data, stmt string) {
	t.Helper()
	d, err := db.Open(t.Context(), filepath.Join(data, "sessions.db"), db.Options{ApplicationID: 0x4c4c5341, Migrations: make([]db.Migration, 1)})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(stmt)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// tried is a command with what it must say.
type tried struct {
	args           []string
	code           int
	stdout, stderr string
}

func (c tried) check(t *testing.T) {
	t.Helper()
	code, out, errs := call(t, "", c.args...)
	if code != c.code || !strings.Contains(out, c.stdout) || !strings.Contains(errs, c.stderr) || c.code == 0 && c.stderr == "" && strings.Contains(errs, "damaged") {
		t.Errorf("%v: exit code %d, want %d; %q is to be in stdout, %q in stderr\n%s%s", c.args, code, c.code, c.stdout, c.stderr, out, errs)
	}
}

// A record with damaged metadata is listed with the others, and named; it can be exported
// and deleted.
func TestDamagedSessionRecord(t *testing.T) {
	data := ownFolders(t)
	called(t, 0, "session", "create", "good", "--metadata", "a=b")
	called(t, 0, "session", "create", "bad", "--metadata", "a=b")
	damageSessions(t, data, `UPDATE sessions SET metadata = x'0001' WHERE name = 'bad'`)
	for _, c := range []tried{
		{[]string{"session", "list", "--format", "names"}, 1, "good\n", "(bad): its metadata are damaged"},
		{[]string{"session", "list", "--format", "json"}, 1, `"damaged": "its metadata`, "(bad): its metadata are damaged"},
		{[]string{"session", "show", "bad"}, 1, "bad", "(bad): its metadata are damaged"},
		{[]string{"session", "show", "good"}, 0, "good", ""},
		{[]string{"session", "export", "bad", "bad.zip"}, 1, "", "exported without its metadata"},
		{[]string{"session", "delete", "bad"}, 0, "", "1 session deleted"},
		{[]string{"session", "list", "--format", "names"}, 0, "good\n", ""},
		{[]string{"session", "import", "bad.zip"}, 0, "-", ""},
		{[]string{"session", "list", "--format", "names"}, 0, "bad\n", ""},
	} {
		c.check(t)
	}
}

// What is damaged in a session does not keep the rest from being shown; verify names it.
func TestDamagedSessionParts(t *testing.T) {
	data := ownFolders(t)
	called(t, 0, "exec", "--session", "demo", "x = 1; y = 2")
	called(t, 0, "session", "verify", "demo")
	damageSessions(t, data, `UPDATE variables SET value = x'00ff' WHERE name = 'y'`)
	for _, c := range []tried{
		{[]string{"session", "show", "demo"}, 1, "x         1", "the variable y is damaged"},
		{[]string{"session", "verify", "demo"}, 1, `the variable "y"`, "1 other part damaged"},
		{[]string{"exec", "--session", "demo", "return x"}, 1, "", "session import --new-id"},
		{[]string{"session", "export", "demo", "demo.zip"}, 1, "", `without the variable "y"`},
		{[]string{"session", "import", "demo.zip", "--new-id", "--name", "rest"}, 0, "-", ""},
		{[]string{"exec", "--session", "rest", "return x"}, 0, "1", ""},
	} {
		c.check(t)
	}
	damageSessions(t, data, `UPDATE executions SET args = x'0001'`)
	for _, c := range []tried{
		{[]string{"session", "show", "rest"}, 1, "x         1", "execution 1 of session"},
		{[]string{"session", "verify"}, 1, "the arguments of execution 1", "damaged"},
		{[]string{"session", "replay", "rest", "--compare"}, 1, "what was recorded of it is damaged: its arguments", ""},
		{[]string{"session", "replay", "rest", "--compare"}, 1, "completed", ""},
	} {
		c.check(t)
	}
}
