//go:build unix

package e2e

import (
	"io"
	"strings"
	"testing"
)

// typed runs a command with input, which must succeed, and returns its output.
func (w *world) typed(input string, args ...string) string {
	w.t.Helper()
	p := w.start(nil, args...)
	if _, err := io.WriteString(p.stdin, input); err != nil {
		w.t.Fatal(err)
	}
	p.stdin.Close()
	r := p.end()
	if r.code != 0 {
		w.t.Fatal(r)
	}
	return r.out
}

// A session that a REPL names is there for the next one, and for scripts.
func TestREPLSession(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev")
	for name, c := range map[string]struct{ repl, exec []string }{
		"own kernel":  {[]string{"repl"}, []string{"exec"}},
		"daemon":      {[]string{"kernel", "connect", "dev"}, []string{"exec", "--connect", "dev"}},
		"repl daemon": {[]string{"repl", "--connect", "dev"}, []string{"exec"}},
	} {
		session := []string{"--session", name}
		if out := w.typed("a = 1\n.reset\nreturn a\n", append(c.repl, session...)...); !strings.Contains(out, "1") {
			t.Errorf("%s: after .reset: %q", name, out)
		}
		if out := w.ok(append(append(c.exec, session...), "a = a + 1 return a")...); out != "2\n" {
			t.Errorf("%s: exec: %q", name, out)
		}
		if out := w.typed("return 'a is ' .. a\n", append(c.repl, session...)...); !strings.Contains(out, "a is 2") {
			t.Errorf("%s: the next: %q", name, out)
		}
		if out := w.ok("session", "list", "--name", name); strings.Count(out, name) != 1 {
			t.Errorf("sessions:\n%s", out)
		}
	}
	if out := w.ok("kernel", "status", "dev", "--format", "json"); strings.Contains(out, "own kernel") {
		t.Error(out)
	}
}
