package debug_test

import (
	"bytes"
	"context"
	"math/rand"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/debug"
	"github.com/llmspell/llmspell/runtime/lualib"
	"github.com/llmspell/llmspell/runtime/vm"
)

// observer finds the changes of a variable without traps: it looks at it before
// every instruction.
type observer struct {
	line  int
	name  string
	entry bool // of the table in it, [1]

	fn      *compile.Function
	local   compile.Local
	thread  *lua.LState
	index   int
	alive   bool
	inScope bool
	cell    vm.Cell
	up      *lua.Upvalue
	table   *lua.LTable

	begun   bool
	value   lua.LValue
	changes []string
}

// plainText is a value as both sides of the comparison show it.
func plainText(v lua.LValue) string {
	switch v := v.(type) {
	case lua.LNumber:
		return lualib.FormatNumber(v)
	case lua.LString:
		return "string"
	case lua.LBool, *lua.LNilType:
		return v.String()
	}
	return "object"
}

func plainChange(text string) string {
	_, text, _ = strings.Cut(text, ": ")
	before, after, _ := strings.Cut(text, " -> ")
	plain := func(s string) string {
		switch {
		case strings.HasPrefix(s, `"`):
			return "string"
		case s == "nil" || s == "true" || s == "false" || strings.Trim(s, "-+.0123456789eifan") == "":
			return s
		}
		return "object"
	}
	return plain(before) + " -> " + plain(after)
}

func (o *observer) is(v lua.LValue) {
	if v == nil {
		v = lua.LNil
	}
	if n, ok := v.(lua.LNumber); ok && n != n {
		if m, ok := o.value.(lua.LNumber); ok && m != m {
			return
		}
	}
	if v != o.value {
		o.changes = append(o.changes, plainText(o.value)+" -> "+plainText(v))
		o.value = v
	}
}

// instruction is called before each instruction.
func (o *observer) instruction(L *lua.LState) {
	f := vm.Current(L)
	if f.IsGo() {
		return
	}
	running := vm.Function(L, vm.Debug(L, f))
	fn := compile.FunctionOf(running.Proto)
	if fn == nil {
		return
	}
	slot := fn.SlotAt(f.Pc())
	if !o.begun {
		if slot != nil && slot.Line == o.line {
			o.begin(L, f, fn)
		}
		return
	}
	if o.entry {
		o.is(o.table.RawGetInt(1))
		return
	}
	if o.alive && L == o.thread && (f.Index() < o.index || slot != nil && slot.Entry && f.Index() <= o.index) {
		o.alive, o.inScope = false, false
	}
	if o.alive && !o.thread.Dead {
		o.look()
	}
	if o.up == nil {
		for i := range running.Upvalues {
			if o.cell.Valid() && f.Cell(i).Is(o.cell) {
				o.up = running.Upvalues[i]
			}
		}
	}
	if !o.inScope && o.up != nil {
		o.is(o.up.Value())
	}
}

func (o *observer) begin(L *lua.LState, f vm.Frame, fn *compile.Function) {
	for _, l := range fn.ActiveLocals(fn.RawPc(f.Pc())) {
		if l.Name == o.name {
			o.local = l
		}
	}
	o.begun, o.alive, o.inScope = true, true, true
	o.fn, o.thread, o.index = fn, L, f.Index()
	o.value = vm.Register(L, vm.Debug(L, f), o.local.Reg)
	if o.entry {
		o.table = o.value.(*lua.LTable)
		o.value = o.table.RawGetInt(1)
	}
}

// look reads the local in its frame, also just after the last instruction of
// its scope.
func (o *observer) look() {
	f := vm.Current(o.thread)
	for f.Valid() && f.Index() > o.index {
		f = f.Parent()
	}
	if !f.Valid() || f.IsGo() {
		return
	}
	raw := o.fn.RawPc(f.Pc())
	was := o.inScope
	o.inScope = o.local.Start <= raw && raw < o.local.End
	if o.inScope || was {
		o.is(vm.Register(o.thread, vm.Debug(o.thread, f), o.local.Reg))
	}
	if o.inScope {
		if cell := vm.OpenCell(o.thread, f.LocalBase()+o.local.Reg); !was || !cell.Is(o.cell) {
			o.cell, o.up = cell, nil
		}
	}
}

// run runs the program and returns what it prints.
func (o *observer) run(t *testing.T, path string) string {
	var out bytes.Buffer
	host := lualib.NewHost()
	host.Stdout, host.Stderr = &out, &out
	st, err := runtime.New(runtime.Options{Host: host})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	st.SetHooks(&runtime.Hooks{
		Slot:        func(*lua.LState, *compile.Function, runtime.Frame) bool { return true },
		Raise:       func(*lua.LState, runtime.Raised) {},
		Pause:       func(*lua.LState) {},
		Instruction: o.instruction,
	})
	fn, err := st.LoadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	st.StepInstructions(true)
	_, _ = st.Call(context.Background(), fn) // the program may fail by design
	return out.String()
}

// watchedChanges stops at a line, watches a local there that choose finds, and
// returns the changes. The name is "" if there is nothing to watch, and ends in
// "[1]" for an element of a table. A breakpoint at all accesses never stops.
func watchedChanges(t *testing.T, program string, line int, choose func(n int) int) (name string, changes []string, s *session) {
	t.Helper()
	s = breakAt(t, program, line)
	select {
	case <-s.stops:
	case <-s.ended:
		return "", nil, s
	case <-time.After(deadline):
		t.Fatal("no stop")
	}
	s.setBreakpoints()
	var names []string
	for _, v := range s.children(s.scope(s.top(), debug.ScopeLocals).Ref) {
		switch {
		case strings.ContainsAny(v.Name, " (") || v.Type == "function": // seldom change
		case v.Type == "table":
			names = append(names, v.Name+"[1]")
		default:
			names = append(names, v.Name)
		}
	}
	if len(names) > 0 {
		name = names[choose(len(names))]
		id := s.dataID(0, name)
		s.watch(debug.DataBreakpointSpec{ID: id}, debug.DataBreakpointSpec{ID: id, Access: debug.AccessReadWrite, Condition: "false"})
	}
	for {
		s.do(s.e.Continue())
		select {
		case x := <-s.stops:
			if changes = append(changes, plainChange(x.Text)); len(changes) == maxChanges {
				s.e.SetDataBreakpoints(nil)
			}
		case <-s.ended:
			return name, changes, s
		case <-time.After(deadline):
			t.Fatal("neither a stop nor the end")
		}
	}
}

const maxChanges = 200

// TestDataDifferential: on generated programs the changes that traps report are
// those that looking at the variable before every instruction finds.
func TestDataDifferential(t *testing.T) {
	programs, picks := 40, 12
	if testing.Short() || raceDetector {
		programs, picks = 10, 6
	}
	seen := 0
	for seed := range programs {
		program := luagen.Program(int64(70_000+seed), luagen.All())
		chunk, err := runtime.NewCache().Compile(program, "@main.lua")
		if err != nil {
			t.Fatal(err)
		}
		var all []int
		for line := range chunk.Lines() {
			all = append(all, line)
		}
		slices.Sort(all)
		choose := rand.New(rand.NewSource(int64(seed))).Intn
		for range picks {
			line := all[choose(len(all))]
			name, got, s := watchedChanges(t, program, line, choose)
			if name == "" {
				continue
			}
			o := &observer{line: line}
			o.name, o.entry = strings.CutSuffix(name, "[1]")
			equal(t, "output", s.output(), o.run(t, s.file))
			want := o.changes[:min(len(o.changes), maxChanges)]
			seen += len(want)
			if !slices.Equal(got, want) {
				source, _ := os.ReadFile(s.file)
				t.Fatalf("seed %d: %s watched from line %d on:\n got  %q\n want %q\n%s", seed, name, line, got, want, numbered(string(source)))
			}
		}
	}
	if seen < programs*picks/2 {
		t.Errorf("only %d changes in %d programs", seen, programs)
	}
}
