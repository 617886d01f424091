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
	return functionName(f, func(caller Frame) *lua.LFunction { return vm.Function(L, vm.Debug(L, caller)) })
}

// functionName is FunctionName, given what finds the function of the caller.
func functionName(f Frame, of func(caller Frame) *lua.LFunction) (name, kind string) {
	caller := f.Parent()
	if !f.IsGo() && f.TailCalls() > 0 || !caller.Valid() || caller.IsGo() {
		return "", ""
	}
	s := staticFunction(of(caller))
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
	// Finding the function of a frame costs its distance from the top, and there may be
	// hundreds of thousands: only those that are shown are kept, and looked at.
	const first, last = traceFirst + traceLast, traceLast
	type entry struct {
		f     Frame
		level int
		tail  bool
	}
	var shown [first]entry // the first,
	var ends [last]entry   // and a ring of the last
	n := -level
	add := func(e entry) {
		if n >= 0 {
			if n < first {
				shown[n] = e
			}
			ends[n%last] = e
		}
		n++
	}
	at := 0
	for f := vm.Current(L); f.Valid(); f = f.Parent() {
		levels := f.Levels()
		if !f.Runs(sharedEnv().Concat) && !f.Runs(st.errFunc) {
			add(entry{f, at, false})
			for range min(levels-1, first) {
				add(entry{f, at, true})
			}
		}
		at += levels
	}
	functions := map[int]*lua.LFunction{} // by level: each is asked for twice
	of := func(level int) *lua.LFunction {
		fn := functions[level]
		if fn == nil {
			fn = vm.Function(L, vm.DebugAt(L, level))
			functions[level] = fn
		}
		return fn
	}
	var b strings.Builder
	if msg != "" {
		b.WriteString(msg + "\n")
	}
	b.WriteString("stack traceback:")
	for i := 0; i < n; i++ {
		if n > first && i == traceFirst {
			b.WriteString("\n\t...")
			i = n - last
		}
		e := ends[i%last]
		if i < first {
			e = shown[i]
		}
		b.WriteString("\n\t")
		if e.tail {
			b.WriteString("(tail call): ?")
		} else {
			b.WriteString(traceLine(e.f, e.level, of))
		}
	}
	if L == st.L {
		b.WriteString("\n\t[C]: ?")
	}
	return b.String()
}

func traceLine(f Frame, level int, of func(level int) *lua.LFunction) string {
	fn := of(level)
	where := "[C]:"
	if !fn.IsG {
		where = fn.Proto.SourceName + ":" + itoa(lineAt(fn.Proto, f.Pc())) + ":"
	}
	name, _ := functionName(f, func(Frame) *lua.LFunction { return of(level + f.Levels()) })
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
