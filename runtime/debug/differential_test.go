package debug_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/compile"
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
	if testing.Short() || raceDetector {
		n = 10
	}
	for seed := range n {
		program := luagen.Program(int64(10_000+seed), luagen.All())
		plain, _ := runStepping(t, program, nil)
		for name, step := range map[string]func(*debug.Engine, int) error{
			"in":    (*debug.Engine).StepIn,
			"over":  (*debug.Engine).StepOver,
			"mixed": mixed(seed),

			"by instructions": func(e *debug.Engine, thread int) error { return e.StepInstruction(thread, false) },
			"into targets":    anyway(seed),
		} {
			got, stops := runStepping(t, program, step)
			if got != plain {
				t.Fatalf("seed %d, stepping %s: output\n%s\nwant\n%s\nprogram:\n%s", seed, name, got, plain, numbered(program))
			}
			if stops < 3 && name != "mixed" && name != "into targets" { // a step out may be the last
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

// anyway steps in every way there is, in an order that the seed decides.
func anyway(seed int) func(*debug.Engine, int) error {
	lines := mixed(seed)
	return func(e *debug.Engine, thread int) error {
		seed = (seed*1103515245 + 12345) & 0x7fffffff
		switch seed >> 16 % 5 {
		case 0:
			return e.StepInstruction(thread, false)
		case 1:
			return e.StepInstruction(thread, true)
		case 2:
			frames, _, err := e.StackTrace(thread, 0, 1)
			if err != nil {
				return err
			}
			targets, err := e.StepInTargets(frames[0].ID)
			if err != nil || len(targets) == 0 {
				return errors.Join(err, e.StepOver(thread))
			}
			return e.StepInTarget(thread, targets[seed%len(targets)].ID)
		}
		return lines(e, thread)
	}
}

// TestJumpingAnywhere sends generated programs to lines at random, and starts
// frames again: they may do anything then, but end, and leave no patched code.
func TestJumpingAnywhere(t *testing.T) {
	jumps, restarts := 0, 0
	for seed := range 60 {
		r := rand.New(rand.NewSource(int64(seed)))
		program := luagen.Program(int64(20_000+seed), luagen.All())
		lines := strings.Count(program, "\n")
		runStepping(t, program, func(e *debug.Engine, thread int) error {
			frames, _, err := e.StackTrace(thread, 0, 5)
			if err != nil {
				return err
			}
			switch r.Intn(6) {
			case 0:
				targets, err := e.GotoTargets(frames[0].Source, r.Intn(lines)+1)
				if err == nil && jumps-60*seed < 60 {
					jumps++
					return e.Goto(thread, targets[0].ID)
				}
			case 1:
				if restarts-20*seed < 20 && e.RestartFrame(frames[r.Intn(len(frames))].ID) == nil {
					restarts++
					return nil
				}
			case 2:
				return e.StepInstruction(thread, true)
			}
			if r.Intn(2) == 0 {
				return e.StepIn(thread)
			}
			return e.StepOver(thread)
		})
	}
	if jumps < 100 || restarts < 100 {
		t.Errorf("%d jumps and %d restarts: the test proves little", jumps, restarts)
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
	var fn *lua.LFunction
	if step != nil {
		e, err := debug.Attach(st, h, debug.Options{StopOnEntry: true})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			e.Detach()
			pristine(t, st)
			goruntime.KeepAlive(fn) // and so its functions
		}()
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
	fn, err = st.LoadString(program, "@generated.lua", "")
	if err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), deadline)
		defer cancel()
		_, err = st.Call(ctx, fn)
	}
	close(h.stops)
	<-done
	if err != nil {
		fmt.Fprintf(&out, "error: %v\n", err)
	}
	return out.String(), stops
}

// pristine fails the test if a function that the state has loaded is armed.
func pristine(t *testing.T, st *runtime.State) {
	t.Helper()
	n := 0
	st.EachProto(func(fn *compile.Function, p *lua.FunctionProto) {
		n++
		if !slices.Equal(p.Code[:len(fn.Proto.Code)], fn.Proto.Code) {
			t.Errorf("function %q at line %d is still patched", fn.Name, p.LineDefined)
		}
	})
	if n == 0 {
		t.Error("nothing is loaded")
	}
}
