package runtime

import (
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/lualib"
	"github.com/llmspell/llmspell/runtime/vm"
)

func itoa(n int) string { return strconv.Itoa(n) }

func toNumber(v lua.LValue) (float64, bool) {
	switch v := v.(type) {
	case lua.LNumber:
		return float64(v), true
	case lua.LString:
		return lualib.ParseNumber(string(v))
	}
	return 0, false
}

// FunctionName says what the code that called the function of a frame calls
// it, and what kind of name that is ("global", "local", "method", "field",
// "upvalue"). Both are "" where the call has no name.
func (st *State) FunctionName(L *lua.LState, f Frame) (name, kind string) {
	caller := f.Parent()
	if !f.IsGo() && f.TailCalls() > 0 || !caller.Valid() || caller.IsGo() {
		return "", ""
	}
	s := staticFunction(vm.Function(L, vm.Debug(L, caller)))
	if s == nil {
		return "", ""
	}
	raw := s.RawPc(caller.Pc())
	inst := s.Raw(raw)
	switch compile.Opcode(inst) {
	case lua.OP_CALL, lua.OP_TAILCALL, lua.OP_TFORLOOP:
		a, _, _ := compile.Operands(inst)
		return s.ObjectName(raw, a)
	}
	return "", ""
}

// Levels of a traceback that are shown at its two ends.
const (
	traceFirst = 12
	traceLast  = 10
)

// Traceback is debug.traceback: the stack of a thread from a level on.
func (st *State) Traceback(L *lua.LState, msg string, level int) string {
	// Finding the function of a frame costs its distance from the top, so the
	// frames are collected first and only those shown are looked at.
	type entry struct {
		f    Frame
		tail bool
	}
	var entries []entry
	for f := vm.Current(L); f.Valid(); f = f.Parent() {
		if f.Runs(sharedEnv().Concat) || f.Runs(st.errFunc) {
			continue
		}
		entries = append(entries, entry{f: f})
		for i := 0; !f.IsGo() && i < min(f.TailCalls(), traceFirst+traceLast); i++ {
			entries = append(entries, entry{f, true})
		}
	}
	entries = entries[min(level, len(entries)):]
	var b strings.Builder
	if msg != "" {
		b.WriteString(msg + "\n")
	}
	b.WriteString("stack traceback:")
	for i, e := range entries {
		if len(entries) > traceFirst+traceLast && i >= traceFirst && i < len(entries)-traceLast {
			if i == traceFirst {
				b.WriteString("\n\t...")
			}
			continue
		}
		b.WriteString("\n\t")
		if e.tail {
			b.WriteString("(tail call): ?")
		} else {
			b.WriteString(st.traceLine(L, e.f))
		}
	}
	if L == st.L {
		b.WriteString("\n\t[C]: ?")
	}
	return b.String()
}

func (st *State) traceLine(L *lua.LState, f Frame) string {
	fn := vm.Function(L, vm.Debug(L, f))
	where := "[C]:"
	if !fn.IsG {
		where = fn.Proto.SourceName + ":" + itoa(lineAt(fn.Proto, f.Pc())) + ":"
	}
	name, _ := st.FunctionName(L, f)
	switch {
	case name != "":
		return where + " in function '" + name + "'"
	case fn.IsG:
		return where + " ?"
	case fn.Proto.LineDefined == 0:
		return where + " in main chunk"
	}
	return where + " in function <" + fn.Proto.SourceName + ":" + itoa(fn.Proto.LineDefined) + ">"
}

func currentFrame(L *lua.LState) Frame { return vm.Current(L) }

func frameFunction(L *lua.LState, f Frame) *lua.LFunction { return vm.Function(L, vm.Debug(L, f)) }
