package debug_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand"
	"reflect"
	goruntime "runtime"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/debug"
	"github.com/llmspell/llmspell/runtime/lualib"
)

// meddler sets and removes breakpoints of all kinds at random, and resumes each
// stop in a random way. It never changes what the program computes.
type meddler struct {
	e     *debug.Engine
	r     *rand.Rand
	lines int
	src   debug.Source
	addrs []uint64
	data  []string
	moves map[string]int
}

var meddlerConditions = []string{"", "", "", "true", "false", "1 + nil", "x", "error('no')", "#_G.table", "setmetatable({}, {__eq = function() error('eq') end}) == setmetatable({}, {__eq = function() end})"}

func (m *meddler) condition() string { return meddlerConditions[m.r.Intn(len(meddlerConditions))] }

func (m *meddler) hits() string { return []string{"", "", "%3", ">2", "5"}[m.r.Intn(5)] }

// set replaces the breakpoints of one kind. Only functions that need no stop.
func (m *meddler) set() {
	r := m.r
	switch r.Intn(8) {
	case 0, 1:
		var specs []debug.BreakpointSpec
		for range r.Intn(4) {
			spec := debug.BreakpointSpec{Line: r.Intn(m.lines) + 1, Condition: m.condition(), HitCondition: m.hits()}
			if r.Intn(4) == 0 {
				spec.LogMessage = "at {x} {1 + nil}"
			}
			specs = append(specs, spec)
		}
		m.e.SetBreakpoints(m.src, specs)
	case 2:
		var specs []debug.FunctionBreakpointSpec
		for _, name := range []string{"*", "*.*", "print", "rawset", "string.format", "table.insert", "ipairs", "coroutine.resume", "pcall"} {
			if r.Intn(6) == 0 {
				specs = append(specs, debug.FunctionBreakpointSpec{Name: name, Condition: m.condition(), HitCondition: m.hits()})
			}
		}
		m.e.SetFunctionBreakpoints(specs)
	case 3:
		var specs []debug.InstructionBreakpointSpec
		for range r.Intn(5) {
			if len(m.addrs) > 0 {
				specs = append(specs, debug.InstructionBreakpointSpec{Address: m.addrs[r.Intn(len(m.addrs))], Condition: m.condition(), HitCondition: m.hits()})
			}
		}
		m.e.SetInstructionBreakpoints(specs)
	case 4, 6, 7:
		var specs []debug.DataBreakpointSpec
		for range r.Intn(4) {
			if len(m.data) > 0 {
				access := []debug.DataAccess{debug.AccessChange, debug.AccessChange, debug.AccessRead, debug.AccessWrite, debug.AccessReadWrite}[r.Intn(5)]
				specs = append(specs, debug.DataBreakpointSpec{ID: m.data[r.Intn(len(m.data))], Access: access, Condition: m.condition(), HitCondition: m.hits()})
			}
		}
		m.e.SetDataBreakpoints(specs)
	case 5:
		m.e.SetExceptionFilters(debug.ExceptionFilter{Caught: r.Intn(2) == 0, Uncaught: true, Condition: m.condition()})
	}
}

// look learns at a stop what can be set.
func (m *meddler) look(thread int) {
	frames, _, err := m.e.StackTrace(thread, 0, 6)
	if err != nil || len(frames) == 0 {
		return
	}
	f := frames[m.r.Intn(len(frames))]
	if f.Address != 0 {
		ins, _ := m.e.Disassemble(context.Background(), f.Address, -3, 8)
		for _, i := range ins {
			if !i.Invalid {
				m.addrs = append(m.addrs, i.Address)
			}
		}
	}
	if len(m.data) > 40 {
		m.data = m.data[20:]
	}
	scopes, _ := m.e.Scopes(f.ID)
	for _, sc := range scopes {
		if sc.Kind == debug.ScopeReturns {
			continue
		}
		vs, _ := m.e.Variables(sc.Ref, debug.FilterAll, 0, 20)
		for _, v := range vs {
			if info, err := m.e.DataBreakpointInfo(sc.Ref, v.Name, 0); err == nil && info.ID != "" {
				m.data = append(m.data, info.ID)
			}
			if v.Type == "table" {
				if info, err := m.e.DataBreakpointInfo(0, v.Name+"[1]", f.ID); err == nil && info.ID != "" {
					m.data = append(m.data, info.ID)
				}
			}
		}
	}
}

func (m *meddler) step(thread int) error {
	r := m.r
	if r.Intn(2) == 0 {
		m.data = nil
		m.look(thread)
		if n := len(m.data); n > 0 && r.Intn(2) == 0 {
			var specs []debug.DataBreakpointSpec
			for range 3 {
				specs = append(specs, debug.DataBreakpointSpec{ID: m.data[r.Intn(n)], Access: []debug.DataAccess{debug.AccessChange, debug.AccessWrite, debug.AccessReadWrite}[r.Intn(3)]})
			}
			m.e.SetDataBreakpoints(specs)
		}
	}
	for r.Intn(2) == 0 {
		m.set()
	}
	if r.Intn(8) == 0 {
		_, _ = m.e.Evaluate(context.Background(), 0, "tostring(_G)", debug.EvalHover)
	}
	switch r.Intn(12) {
	case 0, 1, 6, 7, 8:
		return m.e.StepIn(thread)
	case 9, 10:
		return m.e.StepOver(thread)
	case 2:
		return m.e.StepIn(thread)
	case 3:
		return m.e.StepOut(thread)
	case 4:
		return m.e.StepInstruction(thread, r.Intn(2) == 0)
	case 5:
		frames, _, err := m.e.StackTrace(thread, 0, 1)
		if err != nil {
			return err
		}
		targets, err := m.e.StepInTargets(frames[0].ID)
		if err == nil && len(targets) > 0 {
			return m.e.StepInTarget(thread, targets[r.Intn(len(targets))].ID)
		}
	}
	return m.e.Continue()
}

// nativesOf are the code pointers of the library's functions.
func nativesOf(L *lua.LState) map[string]uintptr {
	out := map[string]uintptr{}
	seen := map[*lua.LTable]bool{}
	var walk func(prefix string, t *lua.LTable)
	walk = func(prefix string, t *lua.LTable) {
		if seen[t] {
			return
		}
		seen[t] = true
		t.ForEach(func(k, v lua.LValue) {
			switch v := v.(type) {
			case *lua.LTable:
				walk(prefix+k.String()+".", v)
			case *lua.LFunction:
				if v.IsG {
					out[prefix+k.String()] = reflect.ValueOf(v.GFunction).Pointer()
				}
			}
		})
	}
	walk("", L.G.Global)
	return out
}

// runMeddled runs a program under a meddler that leaves after some stops; 0: none.
func runMeddled(t *testing.T, seed int64, program string, leaveAfter int, reasons map[debug.StopReason]int) string {
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
	m := &meddler{e: e, r: rand.New(rand.NewSource(seed)), lines: strings.Count(program, "\n") + 1, src: debug.Source{Name: "generated.lua"}}
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
	if testing.Short() {
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
		if got := runMeddled(t, seed, program, leave, reasons); got != plain {
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
