//go:build unix

package e2e

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// at adds --connect to a command.
func at(kernel string, args ...string) []string { return append(args, "--connect", kernel) }

// What the commands on sessions do, they do through a kernel too: with the same
// output, on the same records.
func TestSessionsConnected(t *testing.T) {
	w := newWorld(t)
	temp := w.path("temp") // others have transfers too
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", temp)
	w.daemon("dev")
	script := w.write("count.lua", "count = (count or 0) + 1\n"+
		"Artifact.store(nil, 'tool_result', 'power', tostring(2 ^ count))\n"+
		"text = 'bytes \\255' big = 9007199254740993\n"+
		"print(count, ...) return Tool.execute('calculator', {expression = '6*7'}).result.result")
	for range 2 {
		w.ok("run", "--session", "demo", "--connect", "dev", script, "--", "a")
	}
	if out := w.ok(at("dev", "run", script, "--session", "demo")...); out != "3\n" {
		t.Errorf("the third run printed %q", out)
	}
	if out := w.ok(at("dev", "exec", "--session", "demo", "return count")...); out != "3\n" {
		t.Errorf("exec: %q", out)
	}
	if out := w.ok("exec", "--session", "demo", "return count"); out != "3\n" {
		t.Errorf("exec without the kernel: %q", out)
	}
	for _, args := range [][]string{
		{"session", "list"}, {"session", "list", "--format", "json"}, {"session", "list", "--name", "d*", "--status", "active,failed"},
		{"session", "list", "nothing"}, {"session", "show", "demo"}, {"session", "show", "demo", "--format", "json", "--executions", "0"},
		{"session", "show", "demo", "--format", "yaml", "--executions", "2"}, {"session", "artifact", "demo", "power", "--version", "2"},
		{"session", "artifact", "demo", "1"}, {"session", "verify", "demo"},
	} {
		here, there := w.run(args...), w.run(at("dev", args...)...)
		if here.code != 0 || there.code != 0 || here.out != there.out || here.errout != there.errout {
			t.Errorf("%v\nhere: %v", there, here)
		}
	}
	for _, args := range [][]string{
		{"session", "show", "dmo"}, {"session", "artifact", "demo", "powr"}, {"session", "resume", "demo"}, {"session", "list", "--status", "gone"},
		{"session", "delete", "none"}, {"session", "replay", "demo", "--mode", "modified", "--modify", "steps.9.code=1"},
	} {
		here, there := w.run(args...), w.run(at("dev", args...)...)
		if here.code == 0 || here.code != there.code || here.errout != there.errout {
			t.Errorf("%v\nhere: %v", there, here)
		}
	}

	if out := w.ok(at("dev", "session", "replay", "demo", "--compare", "--mode", "simulate")...); !strings.Contains(out, "5 steps, 100 % alike") {
		t.Errorf("replay:\n%s", out)
	}
	r := w.run(at("dev", "session", "replay", "demo", "--compare", "--mode", "modified", "--modify", "variables.count=7", "--to-step", "1")...)
	if r.code != 1 || !strings.Contains(r.out, `"1\ta" → "8\ta"`) {
		t.Error(r)
	}
	var report struct{ Status string }
	if err := json.Unmarshal([]byte(w.ok(at("dev", "session", "replay", "demo", "--to-step", "1", "--format", "json")...)), &report); err != nil || report.Status != "completed" {
		t.Errorf("%+v, %v", report, err)
	}

	// A bundle that takes several messages.
	w.ok(at("dev", "exec", "--session", "demo", `local t = {} for i = 1, 300000 do t[i] = math.random(1e9) end Artifact.store(nil, 'custom', 'large', table.concat(t, ' '))`)...)
	there, here := w.path("there.zip"), w.path("here.zip")
	w.ok(at("dev", "session", "export", "demo", there)...)
	if info, err := os.Stat(there); err != nil || info.Size() < 1<<20 {
		t.Fatalf("%v, %v", info, err)
	}
	w.ok("session", "export", "demo", here)
	w.fails(1, "--new-id", at("dev", "session", "import", there)...)
	w.fails(1, "no zip archive", at("dev", "session", "import", script)...)
	copied := strings.TrimSpace(w.ok(at("dev", "session", "import", there, "--new-id", "--name", "copy")...))
	if out := w.ok(at("dev", "run", "--session", copied, script)...); out != "4\n" {
		t.Errorf("the imported session went on with %q", out)
	}
	if large, again := w.ok(at("dev", "session", "artifact", "copy", "large")...), w.ok("session", "artifact", "demo", "large"); large != again || len(large) < 1<<20 {
		t.Errorf("%d bytes, and %d", len(large), len(again))
	}

	w.ok(at("dev", "session", "suspend", "demo", "--reason", "lunch")...)
	w.fails(1, "session resume", at("dev", "run", "--session", "demo", script)...)
	w.ok(at("dev", "session", "resume", "demo")...)
	w.ok(at("dev", "session", "complete", "demo")...)
	made := strings.TrimSpace(w.ok(at("dev", "session", "create", "fresh", "--tag", "x", "--metadata", "n=1", "--description", "d")...))
	if out := w.ok("session", "show", made, "--format", "yaml"); !strings.Contains(out, "name: fresh") || !strings.Contains(out, "n: 1") {
		t.Errorf("show:\n%s", out)
	}
	w.ok(at("dev", "session", "delete", "demo", "fresh")...)
	w.ok(at("dev", "session", "cleanup", "--older-than", "1h")...)
	w.ok(at("dev", "session", "delete", "--all")...)
	if out := w.ok("session", "list", "--format", "json"); strings.TrimSpace(out) != "[]" {
		t.Errorf("list %q", out)
	}
	if left, err := os.ReadDir(os.TempDir()); err == nil {
		for _, e := range left {
			if strings.HasPrefix(e.Name(), "llmspell-transfer-") {
				t.Errorf("a transfer has left %s", e.Name())
			}
		}
	}
}

// A session that is deleted leaves no database behind that was never used.
func TestSessionDeletedWithoutState(t *testing.T) {
	w := newWorld(t)
	w.ok("exec", "--session", "plain", "return 1")
	w.ok("session", "delete", "plain")
	if list, err := filepath.Glob(w.path("data", "llmspell", "state*")); err != nil || len(list) > 0 {
		t.Errorf("made by a delete: %v, %v", list, err)
	}
	w.ok("exec", "--session", "keeps", "State.set('k', 1, {scope = 'session'})")
	w.ok("session", "delete", "keeps")
	if out := w.ok("state", "list", "--format", "json"); strings.Contains(out, `"session:`) {
		t.Errorf("left of a deleted session: %s", out)
	}
}

// A bundle carries what the session keeps in the State, and nothing else of it.
func TestBundleWithState(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev")
	w.ok("exec", "--session", "empty", "return 1")
	w.ok("session", "export", "empty", "empty.zip")
	w.ok("session", "delete", "empty")
	w.ok("session", "import", "empty.zip")
	if list, err := filepath.Glob(w.path("data", "llmspell", "state*")); err != nil || len(list) > 0 {
		t.Errorf("made by a bundle without values: %v, %v", list, err)
	}

	const read = "return State.get('k', {scope = 'session'}), State.get('k')"
	w.ok("exec", "--session", "s", "State.set('k', {1, 'two'}, {scope = 'session'}) State.set('k', 'before')")
	for _, more := range [][]string{nil, {"--connect", "dev"}} {
		file := "s" + strings.Join(more, "") + ".zip"
		w.ok(append([]string{"session", "export", "s", file}, more...)...)
		w.ok("state", "set", "k", "after")
		w.ok(append([]string{"session", "import", file, "--new-id", "--name", "copy"}, more...)...)
		w.ok("session", "delete", "s")
		w.ok(append([]string{"session", "import", file}, more...)...)
		for _, name := range []string{"s", "copy"} {
			if out := w.ok("exec", "--session", name, "local a, b = (function() "+read+" end)() return #a, a[2], b"); out != "2\ttwo\tafter\n" {
				t.Errorf("%v: %s: %q", more, name, out)
			}
		}
		w.ok("session", "delete", "copy")
	}
}

// A bundle comes through a pipe too.
func TestImportStdin(t *testing.T) {
	w := newWorld(t)
	w.ok("exec", "--session", "s", "v = 7")
	bundle := w.ok("session", "export", "s", "-")
	w.ok("session", "delete", "s")
	temp := w.path("temp")
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	for input, want := range map[string]int{bundle: 0, bundle[:len(bundle)/2]: 1, "": 1} {
		p := w.start([]string{"TMPDIR=" + temp}, "session", "import", "-")
		if _, err := io.WriteString(p.stdin, input); err != nil {
			t.Fatal(err)
		}
		p.stdin.Close()
		if r := p.end(); r.code != want {
			t.Error(r)
		}
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if out := w.ok("exec", "--session", "s", "return v"); out != "7\n" {
		t.Errorf("imported: %q", out)
	}
}

// A connection file is found without a slash before it; a kernel of the name goes first.
func TestConnectFileByBareName(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev", "--port", "0", "--connection-file", filepath.Join(w.dir, "conn.json"))
	if out := w.ok(at("conn.json", "exec", "return 1")...); out != "1\n" {
		t.Errorf("by the file: %q", out)
	}
	w.write("dev", "no connection file")
	if out := w.ok(at("dev", "exec", "return 2")...); out != "2\n" {
		t.Errorf("by the id: %q", out)
	}
	w.write("other", "no connection file")
	w.fails(5, "there is dev", at("other", "exec", "return 3")...)
	w.write("bad.json", "{")
	w.fails(1, "bad.json", at("bad.json", "exec", "return 3")...)
}

// The configuration that the environment names is that of the service too.
func TestServiceConfiguration(t *testing.T) {
	w := newWorld(t)
	path := w.write("mine.toml", "")
	p := w.start([]string{"LLMSPELL_CONFIG=mine.toml"}, "kernel", "install-service", "--print", "--service-type", "systemd")
	p.stdin.Close()
	if r := p.end(); r.code != 0 || !strings.Contains(r.out, "--config="+path) {
		t.Errorf("%v; no --config=%s", r, path)
	}
}

// The usage of --scope says its default once.
func TestScopeUsage(t *testing.T) {
	w := newWorld(t)
	for _, command := range []string{"get", "set", "delete"} {
		if out := w.ok("state", command, "--help"); strings.Count(out, "default global") != 1 || strings.Contains(out, "(default global) (default global)") {
			t.Errorf("state %s:\n%s", command, out)
		}
	}
	if out := w.ok("state", "clear", "--help"); strings.Contains(out, "default global") {
		t.Errorf("state clear:\n%s", out)
	}
}
