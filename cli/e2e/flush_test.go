package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestFlushedIsWritten looks at what scripts in a kernel have flushed at the moment at which
// they go on: it is on the stdout of the client's process, whatever becomes of it then.
func TestFlushedIsWritten(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev")
	w.write("s.lua", `
		local want = 0
		for line in io.lines() do
			want = want + 1
			print("line " .. want)
			io.flush()
			io.open("mark" .. want, "w"):close()
		end`)
	for _, args := range [][]string{{"run", "--connect", "dev", "s.lua"}, {"run", "s.lua"}} {
		out, err := os.Create(w.path("stdout"))
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		p := w.prepare(nil, args...)
		p.cmd.Stdout = out
		p.begin()
		want := ""
		for i := 1; i <= 5; i++ {
			if _, err := fmt.Fprintln(p.stdin, "go"); err != nil {
				t.Fatal(err)
			}
			mark := fmt.Sprintf("%s/mark%d", w.dir, i)
			eventually(t, func() error {
				_, err := os.Stat(mark)
				return err
			})
			want += fmt.Sprintf("line %d\n", i)
			if got := w.read(w.path("stdout")); got != want {
				t.Errorf("%s: flushed, and %q is written, want %q", strings.Join(args, " "), got, want)
			}
			if err := os.Remove(mark); err != nil {
				t.Fatal(err)
			}
		}
		p.stdin.Close()
		if r := p.end(); r.code != 0 {
			t.Error(r)
		}
	}
}
