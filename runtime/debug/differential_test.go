package debug_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/debug"
	"github.com/llmspell/llmspell/runtime/lualib"
)

// eager resumes each stop by its next move, as fast as it can.
type eager struct {
	debug.Handler
	stops chan debug.Stop
}

func (h eager) Stopped(s debug.Stop) { h.stops <- s }

// TestDebuggingChangesNothing: generated programs print the same when every
// slot traps and every line is stepped.
func TestDebuggingChangesNothing(t *testing.T) {
	n := 60
	if testing.Short() {
		n = 10
	}
	for seed := range n {
		program := luagen.Program(int64(10_000+seed), luagen.All())
		plain, _ := runStepping(t, program, nil)
		for name, step := range map[string]func(*debug.Engine, int) error{
			"in":    (*debug.Engine).StepIn,
			"over":  (*debug.Engine).StepOver,
			"mixed": mixed(seed),
		} {
			got, stops := runStepping(t, program, step)
			if got != plain {
				t.Fatalf("seed %d, stepping %s: output\n%s\nwant\n%s\nprogram:\n%s", seed, name, got, plain, numbered(program))
			}
			if stops < 3 && name != "mixed" { // a step out may be the last

				t.Errorf("seed %d, stepping %s: %d stops", seed, name, stops)
			}
		}
	}
}

func mixed(seed int) func(*debug.Engine, int) error {
	moves := []func(*debug.Engine, int) error{(*debug.Engine).StepIn, (*debug.Engine).StepOver, (*debug.Engine).StepIn, (*debug.Engine).StepOut}
	return func(e *debug.Engine, thread int) error {
		seed = (seed*1103515245 + 12345) & 0x7fffffff
		return moves[seed>>16%len(moves)](e, thread)
	}
}

// maxSteps bounds the stops of one program; it then runs on.
const maxSteps = 3_000

func runStepping(t *testing.T, program string, step func(*debug.Engine, int) error) (string, int) {
	t.Helper()
	var out bytes.Buffer
	host := lualib.NewHost()
	host.Stdout, host.Stderr = &out, &out
	st, err := runtime.New(runtime.Options{Host: host})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	h := eager{Handler: &session{t: t}, stops: make(chan debug.Stop, 1)}
	stops := 0
	done := make(chan struct{})
	if step != nil {
		e, err := debug.Attach(st, h, debug.Options{StopOnEntry: true})
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			defer close(done)
			for s := range h.stops {
				if stops++; stops == maxSteps {
					step = func(e *debug.Engine, _ int) error { return e.Continue() }
				}
				if err := step(e, s.Thread); err != nil {
					t.Error(err)
				}
			}
		}()
	} else {
		close(done)
	}
	fn, err := st.LoadString(program, "@generated.lua", "")
	if err == nil {
		_, err = st.Call(context.Background(), fn)
	}
	close(h.stops)
	<-done
	if err != nil {
		fmt.Fprintf(&out, "error: %v\n", err)
	}
	return out.String(), stops
}
