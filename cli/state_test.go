package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ownFolders gives a test a user's folders of its own.
func ownFolders(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, v := range []string{"DATA", "STATE", "CONFIG"} {
		t.Setenv("XDG_"+v+"_HOME", filepath.Join(dir, strings.ToLower(v)))
	}
	t.Chdir(dir)
	return filepath.Join(dir, "data", "llmspell")
}

// One step follows the other on one store.
func TestStateCommands(t *testing.T) {
	ownFolders(t)
	for _, tt := range []struct {
		stdin, args    string // words, ~ for a blank inside
		code           int
		stdout, stderr string // parts; with = before it, all of it
	}{
		{"", "state show", 0, "=SCOPE  KEY  VERSION  WRITTEN  EXPIRES  VALUE\n", ""},
		{"", "state show --format json", 0, "=[]\n", ""},
		{"", "state get k", 1, "", `there is no value of "k" in scope global; llmspell state show lists them`},
		{"", "state set k 5", 0, "=", ""},
		{"", "state set text hello~world --scope session:1 --ttl 1h", 0, "=", "session:1 is the scope of no session"},
		{"", `state set table {"b":[1,null],"a":"x"}`, 0, "=", ""},
		{"from stdin\n", "state set in -", 0, "=", ""},
		{"", "state set number 12 --text", 0, "=", ""},
		{"", "state set null 1", 0, "=", ""},
		{"", "state set null null", 0, "=", ""},
		{"", "state get null", 1, "", "there is no value"},
		{"", "state set null null", 0, "=", ""},
		{"", "state get k", 0, "=5\n", ""},
		{"", "state get text --scope session:1", 0, "=hello world\n", ""},
		{"", "state get text --scope session:1 --format json", 0, "=\"hello world\"\n", ""},
		{"", "state get table", 0, `={"a":"x","b":[1,null]}` + "\n", ""},
		{"", "state get table --format yaml", 0, "=a: x\nb:\n  - 1\n  - null\n", ""},
		{"", "state get number --format json", 0, "=\"12\"\n", ""},
		{"", "state get in", 0, "=from stdin\n\n", ""},
		{"", "state show --scope session:1", 0, `"hello world"`, ""},
		{"", "state show --prefix tab --format text", 0, "=global\ttable\t" + `{"a":"x","b":[1,null]}` + "\n", ""},
		{"", "state show k --format json", 0, `"version": 1`, ""},
		{"", "state show k --format yaml", 0, "- scope: global\n  key: k\n  value: 5\n", ""},
		{"", "state show --scope session:1 --format json", 0, `"ttl_seconds": 3600`, ""},
		{"", "state show --scope session:", 2, "", "an ID must follow the colon"},
		{"", "state show --format xml", 2, "", "want table, text, json, yaml"},
		{"", "state set k 1 --ttl=-1s", 1, "", "a time to live of -1s"},
		{"", "state delete number in", 0, "=", ""},
		{"", "state delete number", 1, "", `there is no value of "number" in scope global`},
		{"", "state export out.json", 0, "=", "3 exported"},
		{"", "state export out.toml", 0, "=", "3 exported"},
		{"", "state export - --scope session:1", 0, `"key":"text"`, "1 exported"},
		{"", "state export - --format toml", 0, "llmspell_state = 1\n", "3 exported"},
		{"", "state export nowhere/out.json", 1, "", "nowhere"},
		{"", "state clear", 2, "", "--scope SCOPE, or --all"},
		{"", "state clear --scope global", 0, "=", "2 deleted"},
		{"", "state show --format text", 0, "=session:1\ttext\t\"hello world\"\n", ""},
		{"", "state set mine 1", 0, "=", ""},
		{"", "state import out.json --merge", 0, "=", "3 imported"},
		{"", "state get mine", 0, "=1\n", ""},
		{"", "state import out.toml", 0, "=", "they replace the 4 that were there"},
		{"", "state get mine", 1, "", "there is no value"},
		{"", "state get table", 0, `={"a":"x","b":[1,null]}` + "\n", ""},
		{"{", "state import -", 1, "", "not an export of a state: it ends too early"},
		{"", "state import nowhere", 1, "", "nowhere"},
		{"", "state get k", 0, "=5\n", ""},
		{"", "state check", 0, "=ok\n", ""},
		{`{"llmspell_state": 1, "schema": 2, "entries": []}`, "state import -", 1, "", "another schema version: the values to be imported have version 2"},
		{`{"llmspell_state": 1, "schema": 2, "entries": [{"scope": "global", "key": "v2", "value": 1}]}`, "state import - --merge --any-schema", 0, "=", "1 imported"},
		{"", "state delete v2", 0, "=", ""},
		{`{"llmspell_state": 1, "entries": [{"scope": "user:u", "key": "a", "value": 1}, {"scope": "user:u", "key": "a", "value": 2}]}`,
			"state import - --scope user:u", 0, "=", "warning: the file has 1 of them again further on"},
		{"", "state get a --scope user:u", 0, "=2\n", ""},
		{"", "state clear --scope user:u", 0, "=", "1 deleted"},
		{"", "state clear --all", 0, "=", "3 deleted"},
		{"", "state set", 2, "", "accepts 2 arg"},
		{"", "backup restore nope", 1, "", "there is no such backup"},
		{"", "backup cleanup --keep=-1", 2, "", "must not be negative"},
		{"", "state", 0, "Available Commands", ""},
		{"", "backup", 0, "Available Commands", ""},
	} {
		args := strings.Fields(tt.args)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "~", " ")
		}
		code, out, errs := call(t, tt.stdin, args...)
		whole, exact := strings.CutPrefix(tt.stdout, "=")
		if code != tt.code || exact && out != whole || !exact && !strings.Contains(out, tt.stdout) || !strings.Contains(errs, tt.stderr) || tt.stderr == "" && errs != "" {
			t.Errorf("%s: exit %d, want %d\nstdout %q, want %q\nstderr %q, want %q", tt.args, code, tt.code, out, tt.stdout, errs, tt.stderr)
		}
	}
}

func TestScriptsKeepState(t *testing.T) {
	ownFolders(t)
	for range 3 {
		if code, _, errs := call(t, "", "exec", `State.increment("runs")`); code != 0 {
			t.Fatal(errs)
		}
	}
	if code, out, errs := call(t, "", "state", "get", "runs"); code != 0 || out != "3\n" {
		t.Errorf("%q, %q", out, errs)
	}
}

func TestNothingIsOpenedUnasked(t *testing.T) {
	folder := ownFolders(t)
	if code, out, errs := call(t, "", "exec", "return 1"); code != 0 || out != "1\n" {
		t.Fatalf("%q, %q", out, errs)
	}
	if _, err := os.Stat(folder); err == nil {
		t.Error("the data folder was made")
	}
}

func TestBackupCommands(t *testing.T) {
	folder := ownFolders(t)
	run := func(args ...string) string {
		t.Helper()
		code, out, errs := call(t, "", args...)
		if code != 0 {
			t.Fatalf("%v: %s", args, errs)
		}
		return out
	}
	run("state", "set", "k", "old")
	id := strings.TrimSpace(run("backup", "create", "--description", "first one"))
	if out := run("state", "backup", "list"); !strings.Contains(out, id) || !strings.Contains(out, "first one") {
		t.Error(out)
	}
	var list []struct {
		ID      string
		Entries int
	}
	if err := json.Unmarshal([]byte(run("backup", "list", "--format", "json")), &list); err != nil || len(list) != 1 || list[0].ID != id || list[0].Entries != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	run("state", "set", "k", "new")
	run("backup", "validate", id)
	run("state", "backup", "restore", id)
	if out := run("state", "get", "k"); out != "old\n" {
		t.Error(out)
	}

	// A damaged store: each command says so, and how to go on; that works.
	path := filepath.Join(folder, "state.db")
	if err := os.WriteFile(path, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errs := call(t, "", "state", "get", "k")
	if code != 1 || !strings.Contains(errs, path) || !strings.Contains(errs, "llmspell state backup restore ID") {
		t.Errorf("exit %d, %s", code, errs)
	}
	code, _, errs = call(t, "", "exec", `State.get("k")`)
	if code != 1 || !strings.Contains(errs, "State.get: open the state: database "+path) {
		t.Errorf("exit %d, %s", code, errs)
	}
	if out := run("backup", "list", "--format", "text"); !strings.Contains(out, id) {
		t.Error(out)
	}
	code, _, errs = call(t, "", "backup", "restore", id)
	if code != 0 || !strings.Contains(errs, "the damaged file is now "+path+".damaged-") {
		t.Errorf("exit %d, %s", code, errs)
	}
	if out := run("state", "get", "k"); out != "old\n" {
		t.Error(out)
	}
	run("backup", "delete", id)
	run("backup", "cleanup", "--keep", "0")
	if out := run("backup", "list", "--format", "text"); out != "" {
		t.Error(out)
	}
}

// TestScopeOfSession has --scope find sessions as other commands do.
func TestScopeOfSession(t *testing.T) {
	ownFolders(t)
	_, out, errs := call(t, "", "session", "create", "Nightly")
	id := strings.TrimSpace(out)
	if len(id) < 8 {
		t.Fatalf("session create: %q, %q", out, errs)
	}
	takes := "is session:" + id + " (Nightly)"
	for i, tt := range []struct {
		scope  string
		stderr string // "": nothing is said
	}{
		{id, ""}, {"Nightly", takes}, {id[:len(id)-2], takes}, {strings.ToUpper(id), takes},
	} {
		key := fmt.Sprint("k", i)
		for _, args := range [][]string{{"set", key, "1"}, {"get", key}, {"show"}, {"export", "-"}} {
			code, _, errs := call(t, "", append(append([]string{"state"}, args...), "--scope", "session:"+tt.scope)...)
			if code != 0 || args[0] != "export" && (errs == "") != (tt.stderr == "") || !strings.Contains(errs, tt.stderr) {
				t.Errorf("%q --scope session:%s: exit %d, %q", args, tt.scope, code, errs)
			}
		}
		if code, out, errs := call(t, "", "state", "get", key, "--scope", "session:"+id); code != 0 || out != "1\n" {
			t.Errorf("what was set with %s: %q, %q", tt.scope, out, errs)
		}
	}
	// A script's own name wins, as long as it has values.
	if code, _, errs := call(t, "", "exec", `State.set("k", 2, {scope = "session:Nightly"})`); code != 0 {
		t.Fatal(errs)
	}
	if code, out, errs := call(t, "", "state", "get", "k", "--scope", "session:Nightly"); code != 0 || out != "2\n" || !strings.Contains(errs, "session:"+id) {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
	for scope, want := range map[string]string{"session:other": "the scope of no session", "Session:x": `write "session:x"`, "GLOBAL": `write "global"`} {
		if _, _, errs := call(t, "", "state", "show", "--scope", scope); !strings.Contains(errs, want) {
			t.Errorf("--scope %s: %q", scope, errs)
		}
	}
	if _, _, errs := call(t, "", "session", "create", "Nightly"); errs != "" {
		t.Fatal(errs)
	}
	call(t, "", "state", "clear", "--scope", "session:Nightly")
	if code, _, errs := call(t, "", "state", "set", "k", "1", "--scope", "session:Nightly"); code != 1 || !strings.Contains(errs, "several sessions") {
		t.Errorf("a name of two: exit %d, %q", code, errs)
	}
}
