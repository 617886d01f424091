//go:build unix

package e2e

import (
	"io"
	"os"
	"testing"
)

// An interrupt ends a REPL that reads a pipe: at its prompt, in what it runs, which may wait for input, and in the debugger.
func TestREPLInterruptOfAPipe(t *testing.T) {
	w := newWorld(t)
	for name, typed := range map[string]string{
		"prompt":    "io.stderr:write('ready\\n')\n",
		"statement": "io.stderr:write('ready\\n')\nlocal a =\n",
		"loop":      "io.stderr:write('ready\\n') while true do end\n",
		"input":     "io.stderr:write('ready\\n') io.read() print('more')\n",
		"debugger":  "function h(x)\n  return x\nend\n.break h\nio.stderr:write('ready\\n') h(1)\n",
	} {
		t.Run(name, func(t *testing.T) {
			p := w.start(nil, "repl")
			if _, err := io.WriteString(p.stdin, typed); err != nil {
				t.Fatal(err)
			}
			p.sees(p.err, "ready")
			p.signal(os.Interrupt)
			if r := p.end(); r.code != 130 {
				t.Error(r)
			}
		})
	}
}
