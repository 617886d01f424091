package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// called calls llmspell and returns what it printed; the exit code must be right.
func called(t *testing.T, code int, args ...string) string {
	t.Helper()
	got, out, errs := call(t, "", args...)
	if got != code {
		t.Fatalf("%v: exit code %d, want %d\n%s%s", args, got, code, out, errs)
	}
	return out
}

// refused calls llmspell, which must fail and say so.
func refused(t *testing.T, code int, want string, args ...string) {
	t.Helper()
	got, out, errs := call(t, "", args...)
	if got != code || !strings.Contains(errs, want) {
		t.Errorf("%v: exit code %d, want %d, and %q in\n%s%s", args, got, code, want, out, errs)
	}
}

func TestSessionCommands(t *testing.T) {
	ownFolders(t)
	path := script(t, `
		count = (count or 0) + 1
		local r = Tool.execute("calculator", {input = "2^" .. count})
		Artifact.store(nil, "tool_result", "power", tostring(r.result.result))
		print(count, ...)
		return count`)
	for i, want := range []string{"1\ta\n", "2\ta\n", "3\ta\n"} {
		if out := called(t, 0, "run", "--session", "demo", path, "--", "a"); out != want {
			t.Fatalf("run %d printed %q, want %q", i+1, out, want)
		}
	}
	if out := called(t, 0, "exec", "--session", "demo", "count * 2"); out != "6\n" {
		t.Errorf("exec printed %q", out)
	}

	var list []map[string]any
	if err := json.Unmarshal([]byte(called(t, 0, "session", "list", "--format", "json")), &list); err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	id := list[0]["id"].(string)
	if list[0]["executions"] != 4.0 || list[0]["artifacts"] != 3.0 || list[0]["status"] != "active" {
		t.Errorf("%v", list[0])
	}
	var shown struct {
		Values  map[string]any   `json:"values"`
		Journal []map[string]any `json:"journal"`
	}
	if err := json.Unmarshal([]byte(called(t, 0, "session", "show", id[:6], "--format", "json")), &shown); err != nil || shown.Values["count"] != 3.0 || len(shown.Journal) != 4 {
		t.Errorf("%+v, %v", shown, err)
	}
	for _, words := range []string{"demo", "count", "completed", "power", "tool_result"} {
		if out := called(t, 0, "session", "show", "demo"); !strings.Contains(out, words) {
			t.Errorf("show does not say %q:\n%s", words, out)
		}
	}
	if out := called(t, 0, "session", "artifact", "demo", "power", "--version", "2"); out != "4" {
		t.Errorf("artifact %q", out)
	}

	if out := called(t, 0, "session", "replay", "demo", "--compare", "--mode", "simulate"); !strings.Contains(out, "4 steps, 100 % alike") {
		t.Errorf("replay:\n%s", out)
	}
	if out := called(t, 1, "session", "replay", "demo", "--compare", "--mode", "modified", "--modify", "variables.count=7", "--from-step", "3", "--to-step", "3"); !strings.Contains(out, `"3\ta" → "8\ta"`) {
		t.Errorf("replay:\n%s", out)
	}
	var report map[string]any
	if err := json.Unmarshal([]byte(called(t, 0, "session", "replay", "demo", "--to-step", "1", "--format", "json")), &report); err != nil || report["status"] != "completed" {
		t.Errorf("%v, %v", report, err)
	}
	refused(t, 2, "--mode modified", "session", "replay", "demo", "--modify", "variables.count=7")
	refused(t, 2, "begins with neither", "session", "replay", "demo", "--mode", "modified", "--modify", "x=7")

	bundle := filepath.Join(t.TempDir(), "demo.zip")
	called(t, 0, "session", "export", "demo", bundle)
	refused(t, 1, "--force", "session", "export", "demo", bundle)
	if info, err := os.Stat(bundle); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v", info, err)
	}
	refused(t, 1, "--new-id", "session", "import", bundle)
	copied := strings.TrimSpace(called(t, 0, "session", "import", bundle, "--new-id", "--name", "copy"))
	if out := called(t, 0, "session", "list", "--format", "names"); !strings.Contains(out, "copy\n") {
		t.Errorf("list %q", out)
	}
	if out := called(t, 0, "run", "--session", copied, path); out != "4\n" {
		t.Errorf("the imported session went on with %q", out)
	}
	called(t, 0, "session", "verify")

	called(t, 0, "session", "suspend", "demo", "--reason", "lunch")
	refused(t, 1, "session resume", "run", "--session", "demo", path)
	called(t, 0, "session", "resume", "demo")
	called(t, 0, "session", "complete", "demo")
	refused(t, 1, "it can become archived", "session", "suspend", "demo")
	if out := called(t, 0, "session", "list", "--status", "completed,failed", "--format", "names"); out != "demo\n" {
		t.Errorf("list %q", out)
	}
	refused(t, 1, `did you mean "demo"?`, "session", "show", "dmo")
	refused(t, 2, "not a status", "session", "list", "--status", "gone")
	refused(t, 2, "say which", "session", "delete")
	refused(t, 2, "say which", "session", "delete", "demo", "--all")
	made := strings.TrimSpace(called(t, 0, "session", "create", "fresh", "--tag", "x", "--metadata", "n=1", "--description", "d"))
	if out := called(t, 0, "session", "show", made, "--format", "yaml"); !strings.Contains(out, "name: fresh") || !strings.Contains(out, "n: 1") {
		t.Errorf("show:\n%s", out)
	}
	called(t, 0, "session", "delete", "demo", "fresh")
	refused(t, 2, "--older-than", "session", "cleanup")
	called(t, 0, "session", "cleanup", "--older-than", "1h")
	called(t, 0, "session", "delete", "--all")
	if out := called(t, 0, "session", "list", "--format", "json"); strings.TrimSpace(out) != "[]" {
		t.Errorf("list %q", out)
	}
}

// A file that is no export changes nothing, whatever it is.
func TestSessionImportRefusesOthers(t *testing.T) {
	ownFolders(t)
	path := filepath.Join(t.TempDir(), "x.zip")
	if err := os.WriteFile(path, []byte("PK\x03\x04 not really"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, 1, "no zip archive", "session", "import", path)
	refused(t, 1, "not a regular file", "session", "import", filepath.Dir(path))
	if out := called(t, 0, "session", "list", "--format", "names"); out != "" {
		t.Errorf("list %q", out)
	}
}

// What an archived session keeps in the State is read-only for every command.
func TestArchivedStateOnTheCommandLine(t *testing.T) {
	ownFolders(t)
	called(t, 0, "exec", "--session", "old", `State.save("session", "k", 1) State.save("mine", "m", 1)`)
	id := idOf(t, "old")
	scope := "session:" + id
	called(t, 0, "state", "export", "before.json")
	called(t, 0, "session", "archive", "old")
	for _, args := range [][]string{
		{"set", "k", "2"}, {"set", "new", "2"}, {"set", "k", "null"}, {"delete", "k"}, {"clear"}, {"import", "before.json"}, {"import", "before.json", "--merge"},
	} {
		refused(t, 1, "archived session", append([]string{"state", "--scope", scope}, args...)...)
	}
	refused(t, 1, scope, "state", "clear", "--all")
	if got := called(t, 0, "state", "show", "--format", "text"); got != scope+"\tk\t1\n" {
		t.Errorf("after clear --all: %q", got)
	}
	code, _, errs := call(t, "", "state", "import", "before.json")
	if code != 0 || !strings.Contains(errs, "1 imported") || !strings.Contains(errs, "1 left out") || !strings.Contains(errs, scope) {
		t.Errorf("import: %d, %q", code, errs)
	}
	called(t, 0, "session", "delete", "old")
	refused(t, 1, "was deleted", "state", "set", "k", "1", "--scope", scope)
	if got := called(t, 0, "state", "show", "--format", "text"); got != "custom:mine\tm\t1\n" {
		t.Errorf("after the deletion: %q", got)
	}
	called(t, 0, "state", "set", "k", "1", "--scope", "session:a name of my own")
}

// idOf is the id of a session.
func idOf(t *testing.T, name string) string {
	t.Helper()
	var list []struct{ ID, Name string }
	if err := json.Unmarshal([]byte(called(t, 0, "session", "list", "--format", "json")), &list); err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if s.Name == name {
			return s.ID
		}
	}
	t.Fatalf("no session %s in %v", name, list)
	return ""
}
