package debug_test

import (
	"context"
	"math/rand"
	"reflect"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/debug"
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
	jumps bool // the program may do anything then
	moved int  // how often it was made to
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
	if m.jumps && m.jump(thread) {
		return nil
	}
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

// maxJumps bounds what could keep a program from its end.
const maxJumps = 60

// jump may send the program elsewhere, and meddle while that is under way.
func (m *meddler) jump(thread int) bool {
	frames, _, err := m.e.StackTrace(thread, 0, 5)
	if err != nil || m.moved == maxJumps {
		return false
	}
	switch m.r.Intn(4) {
	case 0:
		line := frames[0].Line - 5 + m.r.Intn(11)
		targets, err := m.e.GotoTargets(frames[0].Source, line)
		if err != nil || m.e.Goto(thread, targets[0].ID) != nil {
			return false
		}
	case 1:
		if m.e.RestartFrame(frames[m.r.Intn(len(frames))].ID) != nil {
			return false
		}
	case 2:
		if thread != 1 && m.r.Intn(6) == 0 {
			_ = m.e.TerminateThread(thread)
		}
		return false
	default:
		return false
	}
	m.moved++
	if m.r.Intn(4) == 0 {
		m.set()
	}
	if m.r.Intn(4) == 0 {
		_ = m.e.Pause()
	}
	return true
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
