package debug_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand"
	goruntime "runtime"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/debug"
	"github.com/llmspell/llmspell/runtime/lualib"
)

// runMeddled runs a program under a meddler that leaves after some stops; 0: none.
func runMeddled(t *testing.T, seed int64, program string, leaveAfter int, jumps bool, reasons map[debug.StopReason]int) string {
	t.Helper()
	var out bytes.Buffer
	host := lualib.NewHost()
	host.Stdout, host.Stderr = &out, &out
	st, err := runtime.New(runtime.Options{Host: host})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	before := nativesOf(st.L)
	h := eager{Handler: &session{t: t}, stops: make(chan debug.Stop, 1)}
	opts := debug.Options{StopOnEntry: true}
	if seed%3 == 0 {
		opts.Coverage = &debug.Coverage{}
	}
	e, err := debug.Attach(st, h, opts)
	if err != nil {
		t.Fatal(err)
	}
	m := &meddler{e: e, r: rand.New(rand.NewSource(seed)), lines: strings.Count(program, "\n") + 1, src: debug.Source{Name: "generated.lua"}, jumps: jumps}
	stops := 0
	done := make(chan struct{})
	go func() {
		defer close(done)
		for s := range h.stops {
			reasons[s.Reason]++
			if stops++; stops == 1 {
				if src := e.Sources(); len(src) > 0 {
					m.src = src[0]
				}
				for range 4 {
					m.look(s.Thread)
					m.set()
				}
			}
			var err error
			switch {
			case leaveAfter > 0 && stops > leaveAfter: // it stopped once more meanwhile
				continue
			case stops == leaveAfter:
				if m.r.Intn(2) == 0 {
					_ = m.step(s.Thread)
				}
				e.Detach()
				m.set()
				continue
			case stops > 600:
				e.Reset()
				err = e.Continue()
			default:
				err = m.step(s.Thread)
				if err == nil && m.r.Intn(6) == 0 {
					m.set() // while it runs
				}
				if err == nil && m.r.Intn(20) == 0 {
					_ = e.Pause()
				}
			}
			if err != nil {
				t.Errorf("seed %d, stop %d: %v", seed, stops, err)
				_ = e.Continue()
			}
		}
	}()
	fn, err := st.LoadString(program, "@generated.lua", "")
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
	e.Detach()
	pristine(t, st)
	for name, p := range nativesOf(st.L) {
		if before[name] != p && before[name] != 0 {
			t.Errorf("seed %d: %s is still wrapped", seed, name)
		}
	}
	goruntime.KeepAlive(fn) // and so its functions
	return out.String()
}

// TestMeddling: generated programs print the same whatever breakpoints come and
// go, and leave no trace of them, also if the debugger leaves early.
func TestMeddling(t *testing.T) {
	n := int64(100)
	if testing.Short() || raceDetector {
		n = 20
	}
	reasons := map[debug.StopReason]int{}
	for seed := range n {
		program := luagen.Program(30_000+seed, luagen.All())
		plain, _ := runStepping(t, program, nil)
		leave := 0
		if seed%4 == 1 {
			leave = int(seed%37) + 2
		}
		if got := runMeddled(t, seed, program, leave, false, reasons); got != plain {
			t.Errorf("seed %d: output\n%s\nwant\n%s", seed, got, plain)
		}
		if t.Failed() {
			t.Fatalf("seed %d, program:\n%s", seed, numbered(program))
		}
	}
	for _, reason := range []debug.StopReason{
		debug.ReasonBreakpoint, debug.ReasonData, debug.ReasonFunction, debug.ReasonInstruction, debug.ReasonException, debug.ReasonStep,
	} {
		if reasons[reason] == 0 {
			t.Errorf("no stop of kind %q: the test proves little", reason)
		}
	}
}

// TestMeddledJumps is TestMeddling with jumps, restarts and coroutines that are
// ended: the programs may print anything then, but end, and nothing stays armed.
func TestMeddledJumps(t *testing.T) {
	n := int64(60)
	if testing.Short() || raceDetector {
		n = 15
	}
	reasons := map[debug.StopReason]int{}
	for seed := range n {
		program := luagen.Program(80_000+seed, luagen.All())
		runMeddled(t, seed, program, int(seed%50), true, reasons)
		if t.Failed() {
			t.Fatalf("seed %d, program:\n%s", seed, numbered(program))
		}
	}
	if reasons[debug.ReasonGoto] == 0 || reasons[debug.ReasonRestart] == 0 {
		t.Errorf("%v: the test proves little", reasons)
	}
}

// TestResultsOfLibrary: a step that waits for what a library function returns
// leaves it as it was when it ends before the call.
func TestResultsOfLibrary(t *testing.T) {
	s := breakAt(t, "\nlocal function f(x)\n  return tostring(x)\nend\nlocal y = f(1)\nprint(y)\n", 2)
	natives := func() (out map[string]uintptr) {
		s.do(s.st.Do(t.Context(), func(L *lua.LState) { out = nativesOf(L) }))
		return out
	}
	before := natives()["tostring"]
	s.stopped(debug.ReasonBreakpoint, 2)
	code, err := s.e.Disassemble(t.Context(), s.frames(1)[0].Address, 0, 10)
	s.do(err)
	for _, i := range code {
		if strings.HasPrefix(i.Text, "TAILCALL") {
			s.e.SetInstructionBreakpoints([]debug.InstructionBreakpointSpec{{Address: i.Address}})
		}
	}
	s.do(s.e.StepOver(1))
	s.stopped(debug.ReasonInstruction, 2)
	equal(t, "tostring", natives()["tostring"], before)
	s.do(s.e.StepOver(1))
	s.stopped(debug.ReasonStep, 5)
	equal(t, "tostring", natives()["tostring"], before)
	s.finish("1\n")
}
