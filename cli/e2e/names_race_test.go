//go:build unix

package e2e

import (
	"strings"
	"testing"
)

// Processes that name the same new session at the same time work in one session.
func TestSessionMadeAtOnce(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev")
	for name, more := range map[string][]string{"here": nil, "there": {"--connect", "dev"}} {
		const processes = 6
		var started []*process
		for range processes {
			p := w.prepare(nil, append([]string{"exec", "--session", name, "return 1"}, more...)...)
			p.begin()
			p.stdin.Close()
			started = append(started, p)
		}
		for _, p := range started {
			if r := p.end(); r.code != 0 || r.out != "1\n" {
				t.Error(r)
			}
		}
		if out := w.ok("session", "list", "--name", name); strings.Count(out, name) != 1 {
			t.Errorf("sessions of %d processes that started at once:\n%s", processes, out)
		}
		if out := w.ok(append([]string{"exec", "--session", name, "return 2"}, more...)...); out != "2\n" {
			t.Errorf("the session later: %q", out)
		}
	}
}
