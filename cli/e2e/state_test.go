//go:build unix

package e2e

import (
	"encoding/json"
	"strings"
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
	w.fails(1, "files of this machine", "state", "export", "--connect", "dev", w.path("x.json"))
	w.ok("kernel", "stop")
	w.daemon("again")
	if out := w.ok("exec", "--connect", "again", "return State.get('n')"); !strings.HasPrefix(out, "9007199254740991") && !strings.HasPrefix(out, "9.007") {
		t.Errorf("%q", out)
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
