//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/llmspell/llmspell/kernel/rpc"
)

// What scripts in a kernel keep is what the commands on the state see, through the
// kernel and without it, and it outlives the kernel.
func TestStateConnected(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev")
	w.ok("exec", "--connect", "dev", "State.set('n', 9007199254740991) State.set('list', {1, 'two'})")
	for _, args := range [][]string{{"state", "get", "n"}, {"state", "show", "--format", "json"}, {"state", "get", "list"}} {
		here, there := w.run(args...), w.run(append(args, "--connect", "dev")...)
		if here.code != 0 || here.out != there.out || here.code != there.code {
			t.Errorf("%v\nhere: %v", there, here)
		}
	}
	w.ok("state", "set", "--connect", "dev", "greeting", "hello")
	if out := w.ok("exec", "--connect", "dev", "return State.get('greeting')"); out != "hello\n" {
		t.Errorf("%q", out)
	}
	w.ok("state", "delete", "--connect", "dev", "greeting")
	w.ok("kernel", "stop")
	w.daemon("again")
	if out := w.ok("exec", "--connect", "again", "return State.get('n')"); !strings.HasPrefix(out, "9007199254740991") && !strings.HasPrefix(out, "9.007") {
		t.Errorf("%q", out)
	}
}

// Exports, imports, checks and backups go through a kernel as they go without one.
func TestStateFilesConnected(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev")
	w.ok(at("dev", "exec", `State.set("odd", {[5] = "five", [0.5] = {1, nil, 3}, k = "\255", [1e300] = math.huge})
		for i = 1, 40 do State.set("large" .. i, string.rep("0123456789", 30000) .. i, {scope = "session:1"}) end`)...)

	// The same files, with the same rights; several messages long.
	here, there := w.path("here.json"), w.path("there.json")
	for _, format := range []string{"json", "toml"} {
		a, b := w.run("state", "export", here, "--format", format), w.run(at("dev", "state", "export", there, "--format", format)...)
		if a.code != 0 || b.code != 0 || a.errout != b.errout {
			t.Fatalf("%v\nhere: %v", b, a)
		}
		x, y := strings.Split(w.read(here), "\n"), strings.Split(w.read(there), "\n")
		if len(x) != len(y) || len(w.read(there)) < 10<<20 {
			t.Fatalf("%d lines, %d here, %d bytes", len(y), len(x), len(w.read(there)))
		}
		for i := range x {
			if x[i] != y[i] && !strings.Contains(x[i], "exported") {
				t.Fatalf("line %d is %.100q, here %.100q", i+1, y[i], x[i])
			}
		}
		if info, err := os.Stat(there); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	}
	w.ok("state", "export", here)
	if out := w.ok(at("dev", "state", "export", "-", "--scope", "global")...); !strings.Contains(out, `"odd"`) || strings.Contains(out, "large") {
		t.Errorf("one scope: %.200s", out)
	}

	// What cannot be written leaves what was there; what cannot be read changes nothing.
	w.fails(1, "nowhere", at("dev", "state", "export", w.path("nowhere/x.json"))...)
	cut := w.write("cut.json", w.read(here)[:1<<20])
	w.fails(1, "ends too early", at("dev", "state", "import", cut)...)
	w.ok(at("dev", "state", "set", "mine", "1")...)
	w.ok(at("dev", "state", "import", here, "--merge")...)
	if out := w.ok(at("dev", "state", "get", "mine")...); out != "1\n" {
		t.Errorf("merged: %q", out)
	}
	id := strings.TrimSpace(w.ok(at("dev", "state", "backup", "create", "--description", "with mine")...))
	if r := w.run(at("dev", "state", "import", here)...); r.code != 0 || !strings.Contains(r.errout, "41 imported") {
		t.Error(r)
	}
	w.fails(1, "there is no value", at("dev", "state", "get", "mine")...)
	if out := w.ok(at("dev", "exec", `local t = State.get("odd")
		return t[5], t[0.5][1], t[0.5][3], t.k == "\255", t[1e300], State.get("large40", {scope = "session:1"}):sub(-2)`)...); out != "five\t1\t3\ttrue\tinf\t40\n" {
		t.Errorf("imported: %q", out)
	}
	if out := w.ok(at("dev", "state", "check")...); out != "ok\n" {
		t.Errorf("check: %q", out)
	}

	for _, args := range [][]string{{"list"}, {"list", "--format", "json"}, {"validate", id}, {"validate", "none"}, {"delete", "none"}, {"cleanup", "--keep=-1"}} {
		a, b := w.run(append([]string{"state", "backup"}, args...)...), w.run(at("dev", append([]string{"state", "backup"}, args...)...)...)
		if a.code != b.code || a.out != b.out || a.errout != b.errout {
			t.Errorf("%v\nhere: %v", b, a)
		}
	}
	if r := w.run(at("dev", "backup", "restore", id)...); r.code != 0 || !strings.Contains(r.errout, "what was there before is backup") {
		t.Error(r)
	}
	if out := w.ok("state", "get", "mine"); out != "1\n" {
		t.Errorf("restored: %q", out)
	}
	w.ok(at("dev", "backup", "delete", id)...)
	if out := w.ok(at("dev", "backup", "cleanup", "--keep", "0")...); strings.Count(out, "\n") != 1 {
		t.Errorf("cleanup: %q", out)
	}

	// All pages of a listing come, also if they are large.
	if out := w.ok(at("dev", "state", "show", "--scope", "session:1", "--format", "json")...); strings.Count(out, `"key"`) != 40 {
		t.Errorf("%d of 40 values are shown", strings.Count(out, `"key"`))
	}
}

func TestEventsTail(t *testing.T) {
	w := newWorld(t)
	w.fails(5, "no such kernel", "events", "tail")
	s := w.daemon("dev")
	client, err := rpc.Dial(t.Context(), "unix:"+s.Socket, rpc.ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	p := w.start(nil, "events", "tail", "order.*", "--format", "json", "--count", "2")
	p.sees(p.err, "watching kernel dev")
	for i := range 2 {
		for _, kind := range []string{"other.new", "order.new"} {
			if _, err := client.Publish(t.Context(), rpc.PublishParams{Type: kind, Data: map[string]int{"number": i}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	r := p.end()
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	if r.code != 0 || len(lines) != 2 {
		t.Fatal(r)
	}
	for i, line := range lines {
		var e struct {
			Type string `json:"event_type"`
			Data struct{ Number int }
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Type != "order.new" || e.Data.Number != i {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// What a script in no session on disk keeps is gone once its kernel was killed, and stays
// as long as another kernel that keeps such values runs.
func TestPrivateStateOfAKilledKernel(t *testing.T) {
	w := newWorld(t)
	const keep = `State.save("session", "k", "private") State.set(%q, 1) io.stdout:write("kept\n") io.stdout:flush() Event.receive(Event.subscribe("never"), 600000)`
	killed := w.daemon("killed")
	w.daemon("lives")
	for _, id := range []string{"killed", "lives"} {
		p := w.start(nil, "exec", "--connect", id, strings.Replace(keep, "%q", `"`+id+`"`, 1))
		p.sees(p.out, "kept")
	}
	private := func() int { return strings.Count(w.ok("state", "show", "--format", "text"), "session:live:") }
	if n := private(); n != 2 {
		t.Fatalf("%d private values of two kernels", n)
	}
	if out := w.ok("state", "export", "-"); strings.Contains(out, "session:live:") || !strings.Contains(out, `"killed"`) {
		t.Errorf("exported: %s", out)
	}
	if err := syscall.Kill(killed.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error {
		if n := private(); n != 1 {
			return fmt.Errorf("%d private values", n)
		}
		return nil
	})
	if out := w.ok("state", "show", "--format", "text"); !strings.Contains(out, "killed") || !strings.Contains(out, "lives") {
		t.Errorf("other values are gone: %s", out)
	}
	w.ok("kernel", "stop", "--all", "--timeout", "0s")
	if n := private(); n != 0 {
		t.Errorf("%d private values are left", n)
	}
}

// A session that is deleted takes with it what it has kept, also by a kernel.
func TestStateOfADeletedSession(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev")
	for _, more := range [][]string{nil, {"--connect", "dev"}} {
		id := strings.TrimSpace(w.ok("session", "create", "s"))
		w.ok("state", "set", "k", "1", "--scope", "session:"+id)
		w.ok(append([]string{"session", "delete", "s"}, more...)...)
		if out := w.ok("state", "show", "--format", "text"); out != "" {
			t.Errorf("%v: left behind: %s", more, out)
		}
	}
}
