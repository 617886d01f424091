//go:build unix

package e2e

import (
	"encoding/json"
	"strconv"
	"testing"
)

// named is a script that runs until a file of its session's name is there.
const named = `local name, n = ARGS[1], 0
io.stderr:write("on\n")
while not io.open("stop " .. ARGS[2]) do
  n = n + 1
end
print(name .. " ended")`

// A debugger attaches to one of several sessions of a daemon by its name, or the id of
// its session on disk, and the others run on.
func TestDebugAttachByName(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev")
	path := w.write("named.lua", named)
	scripts := map[string]*process{}
	for i, name := range []string{"import", "night job", "a/b"} {
		p := w.start(nil, "run", "--connect", "dev", "--session", name, path, "--", name, strconv.Itoa(i))
		p.sees(p.err, "on")
		scripts[name] = p
	}
	var record struct{ ID string }
	if err := json.Unmarshal([]byte(w.ok("session", "show", "night job", "--format", "json")), &record); err != nil || record.ID == "" {
		t.Fatal(record, err)
	}

	for _, test := range []struct {
		args []string       // of llmspell dap
		with map[string]any // of the request
		name string
	}{
		{[]string{"--attach", "dev/import"}, map[string]any{}, "import"},
		{[]string{"--attach", "dev/night job"}, map[string]any{}, "night job"},
		{[]string{"--attach", "dev/a/b"}, map[string]any{}, "a/b"},
		{[]string{"--attach", w.status("dev").Socket + "//a/b"}, map[string]any{}, "a/b"},
		{[]string{"--attach", "dev/" + record.ID}, map[string]any{}, "night job"},
		{nil, map[string]any{"kernel": "dev", "session": "import"}, "import"},
	} {
		c, p := w.adapter(test.args...)
		attachAt(c, test.with, path, 4)
		c.ExpectStoppedAt("breakpoint", 4)
		if got := c.Evaluate(c.Top(1).Id, "name", "repl").Result; got != `"`+test.name+`"` {
			t.Errorf("%v %v: it is attached to %s", test.args, test.with, got)
		}
		c.Disconnect()
		if r := p.end(); r.code != 0 {
			t.Errorf("%v: the adapter: %v", test.args, r)
		}
	}

	// A script that ends while it is debugged ends the debugger of its session alone.
	c, p := w.adapter("--attach", "dev/import")
	attachAt(c, map[string]any{}, path, 4)
	c.ExpectStoppedAt("breakpoint", 4)
	w.write("stop 0", "")
	c.SetBreakpoints(path)
	c.Continue(1)
	once(t, c, p)
	w.write("stop 1", "")
	w.write("stop 2", "")
	for name, p := range scripts {
		if r := p.end(); r.code != 0 || r.out != name+" ended\n" {
			t.Error(r)
		}
	}
}
