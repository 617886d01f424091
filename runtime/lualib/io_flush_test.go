package lualib

import (
	"bufio"
	"bytes"
	"testing"
)

// What a script has flushed is behind the buffers of the Host's streams; what it has only
// written may wait there.
func TestFlushReachesTheStream(t *testing.T) {
	for code, want := range map[string]string{
		`io.write("x")`: "", `print("x")`: "",
		`io.write("x") assert(io.flush())`:                      "x",
		`print("x") assert(io.stdout:flush())`:                  "x\n",
		`io.stderr:write("x") assert(io.stderr:flush())`:        "x",
		`io.stdout:setvbuf("full") io.write("x") io.flush()`:    "x",
		`io.output():write("x") io.output():flush() print("y")`: "x",
	} {
		w := newWorld(t)
		var out bytes.Buffer
		stream := bufio.NewWriter(&out)
		w.host.Stdout, w.host.Stderr = stream, stream
		if err := w.run(code); err != nil {
			t.Errorf("%s: %v", code, err)
		}
		if got := out.String(); got != want {
			t.Errorf("%s: the stream has %q, want %q", code, got, want)
		}
	}
}
