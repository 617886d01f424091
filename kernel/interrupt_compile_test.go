package kernel

import (
	"bytes"
	goruntime "runtime"
	"strings"
	"testing"
)

// A source that takes seconds to compile does not keep an interrupt waiting, whoever
// compiles it.
func TestInterruptCompilation(t *testing.T) {
	for name, code := range map[string]string{
		"an execution": strings.Repeat("x = 1 ", 3_000_000),
		"load":         `loadstring(("x = 1 "):rep(3000000))`,
	} {
		t.Run(name, func(t *testing.T) {
			h := session(t, Options{})
			x, err := h.Submit(t.Context(), Request{Code: code})
			if err != nil {
				t.Fatal(err)
			}
			until(t, "it compiles", compiling)
			if n := h.Interrupt(false); n != 1 {
				t.Fatalf("%d executions were ended: it compiles too fast for this test", n)
			}
			o := ended(t, x)
			if o.Err == nil || !strings.Contains(o.Err.Error(), "cancelled") {
				t.Errorf("it ended with %v", o.Err)
			}
			if got := run(t, h, "6 * 7"); got[0] != "42" {
				t.Errorf("afterwards: %v", got)
			}
		})
	}
}

// compiling reports whether some goroutine parses or compiles Lua.
func compiling() bool {
	buf := make([]byte, 1<<20)
	stacks := buf[:goruntime.Stack(buf, true)]
	return bytes.Contains(stacks, []byte("/runtime/compile.")) || bytes.Contains(stacks, []byte("/gopher-lua/parse."))
}
