package runtime

import (
	"slices"
	"weak"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

func (st *State) openCoroutine() {
	L := st.L
	co, ok := L.GetGlobal("coroutine").(*lua.LTable)
	if !ok {
		return
	}
	st.stock.yield = L.NewFunction(st.luaYield)
	co.RawSetString("create", L.NewFunction(st.luaCreate))
	co.RawSetString("wrap", L.NewFunction(st.luaWrap))
	co.RawSetString("resume", L.NewFunction(st.luaResume))
	co.RawSetString("yield", st.stock.yield)
	co.RawSetString("status", L.NewFunction(luaStatus))
	co.RawSetString("isyieldable", L.NewFunction(func(L *lua.LState) int {
		L.Push(lua.LBool(L.Parent != nil))
		return 1
	}))
}

// newThread makes a coroutine that is under the monitor from its first
// instruction on, with a smaller stack than the main thread's.
func (st *State) newThread(L *lua.LState, fn *lua.LFunction) *lua.LState {
	opts := L.Options
	L.Options.CallStackSize = min(threadDepth+headroom, opts.CallStackSize)
	L.Options.RegistrySize = 128
	L.Options.RegistryGrowStep = 2048
	ctx := L.RemoveContext() // a derived context would lose the monitor
	L.SetTop(0)
	L.Push(fn)
	st.stock.create.GFunction(L)
	L.SetContext(ctx)
	L.Options = opts
	th := L.CheckThread(L.GetTop())
	th.SetContext(&threadMonitor{monitor: st.mon, th: th})
	th.Options = opts
	if st.threads.add(th); st.hooks != nil && st.hooks.Thread != nil {
		st.hooks.Thread(th, true)
	}
	return th
}

func (st *State) luaCreate(L *lua.LState) int {
	fn, ok := L.Get(1).(*lua.LFunction)
	if !ok || fn.IsG {
		argError(L, 1, "Lua function expected")
	}
	th := st.newThread(L, fn)
	L.SetTop(0)
	L.Push(th)
	return 1
}

func (st *State) luaWrap(L *lua.LState) int {
	st.luaCreate(L)
	th := L.CheckThread(1)
	L.Push(L.NewFunction(func(L *lua.LState) int { return st.resumeWrapped(L, th) }))
	return 1
}

// resumeWrapped continues th with the arguments of the running Go function. It
// pushes the results and returns their number; an error goes on in L.
func (st *State) resumeWrapped(L *lua.LState, th *lua.LState) int {
	L.Insert(th, 1)
	n := st.resume(L, th, guardWrap)
	if L.Get(-n) == lua.LTrue {
		return n - 1
	}
	v := L.Get(-1)
	if s, ok := v.(lua.LString); ok {
		v = lua.LString(position(L, 1)) + s
		st.cause.carry(s, v)
	}
	st.raiseExact(L, v)
	return 0
}

// NewThread makes a coroutine whose body is a Lua function, as coroutine.create
// does. It is for library functions of the host's: it uses the stack of L, whose
// arguments are gone afterwards.
func (st *State) NewThread(L *lua.LState, fn *lua.LFunction) *lua.LState {
	th := st.newThread(L, fn)
	L.SetTop(0)
	return th
}

// Resume continues a coroutine as the functions of coroutine.wrap do: an error in
// it goes on in L. It returns what the coroutine yields or returns; th.Dead tells
// which. It is for library functions of the host's, whose arguments are gone
// afterwards.
func (st *State) Resume(L, th *lua.LState, args ...lua.LValue) []lua.LValue {
	L.SetTop(0)
	for _, v := range args {
		L.Push(v)
	}
	n := st.resumeWrapped(L, th)
	out := make([]lua.LValue, n)
	for i := range out {
		out[i] = L.Get(i - n)
	}
	L.SetTop(0)
	return out
}

func (st *State) luaResume(L *lua.LState) int {
	th, ok := L.Get(1).(*lua.LState)
	if !ok {
		argError(L, 1, "coroutine expected")
	}
	return st.resume(L, th, guardResume)
}

// resume continues th, which is argument 1, and returns the number of results.
func (st *State) resume(L *lua.LState, th *lua.LState, kind guardKind) int {
	if s := statusOf(L, th); s != "suspended" {
		L.SetTop(0)
		L.Push(lua.LFalse)
		L.Push(st.refusal(th, s))
		return 2
	}
	if n, ended := st.finishTail(L, th); ended {
		return n
	}
	if len(st.guards) >= maxGuards {
		L.RaiseError("stack overflow (too many nested coroutines)")
	}
	adjustResults(L, th)
	st.guards = append(st.guards, guardEntry{kind: kind, th: th})
	depth := len(st.guards)
	n := st.stock.resume.GFunction(L)
	st.guards = st.guards[:depth-1]
	n = st.settleKill(L, th, n)
	if h := st.hooks; h != nil {
		if h.Returned != nil {
			h.Returned(th, L, th.Dead)
		}
		if th.Dead && h.Thread != nil {
			h.Thread(th, false)
		}
	}
	st.mon.raiseAbort(L)
	return n
}

// adjustResults brings the arguments of a resume to the number of results that
// the suspended call of yield wants: gopher-lua leaves missing ones undefined.
func adjustResults(L, th *lua.LState) {
	f := vm.Current(th)
	if !f.Valid() || f.IsGo() {
		return
	}
	if i, ok := f.Instruction(); ok && compile.Opcode(i) == lua.OP_CALL {
		if _, _, c := compile.Operands(i); c > 0 {
			L.SetTop(c) // the thread, and the c-1 results wanted
		}
	}
}

// statusOf is coroutine.status as seen from L.
func statusOf(L, th *lua.LState) string {
	switch {
	case th.Dead:
		return "dead"
	case L.G.CurrentThread == th:
		return "running"
	}
	for p := L.Parent; p != nil; p = p.Parent {
		if p == th {
			return "normal"
		}
	}
	if L.G.MainThread == th {
		return "normal"
	}
	return "suspended"
}

// Status tells what a thread does: "running", "suspended", "normal" or "dead".
func (st *State) Status(th *lua.LState) string { return statusOf(st.thread(), th) }

func luaStatus(L *lua.LState) int {
	th, ok := L.Get(1).(*lua.LState)
	if !ok {
		argError(L, 1, "coroutine expected")
	}
	L.SetTop(0)
	L.Push(lua.LString(statusOf(L, th)))
	return 1
}

// luaYield is coroutine.yield. A coroutine cannot be left through a Go
// function that waits for a result (pcall, a metamethod, an iterator): the VM
// would lose its place, so that is an error, as in PUC Lua 5.1.
func (st *State) luaYield(L *lua.LState) int {
	if L.Parent == nil || crossesGo(L) {
		st.raiseExact(L, lua.LString("attempt to yield across metamethod/C-call boundary"))
	}
	// `return yield(x)` as the last frame of a coroutine leaves it without any:
	// the next resume must end it.
	if f := vm.Current(L).Parent(); f.Valid() && f.Index() == 0 {
		if i, ok := f.Instruction(); ok && compile.Opcode(i) == lua.OP_TAILCALL {
			st.ending[weak.Make(L)] = true
		}
	}
	return -1
}

// finishTail ends a coroutine whose body has tail-called yield: the arguments
// of the resume are its results.
func (st *State) finishTail(L, th *lua.LState) (results int, ended bool) {
	key := weak.Make(th)
	if !st.ending[key] {
		return 0, false
	}
	delete(st.ending, key)
	th.Dead = true
	if h := st.hooks; h != nil && h.Thread != nil {
		h.Thread(th, false)
	}
	L.Replace(1, lua.LTrue)
	return L.GetTop(), true
}

func crossesGo(L *lua.LState) bool {
	for f := vm.Current(L).Parent(); f.Valid(); f = f.Parent() {
		i, ok := f.Instruction()
		if op := int(i >> 26); !ok || op != lua.OP_CALL && op != lua.OP_TAILCALL {
			return true
		}
	}
	return false
}

// threadSet holds the live coroutines without keeping them alive.
type threadSet struct {
	all   []weak.Pointer[lua.LState]
	limit int
}

func (s *threadSet) add(th *lua.LState) {
	if len(s.all) >= s.limit {
		s.all = slices.DeleteFunc(s.all, func(p weak.Pointer[lua.LState]) bool { v := p.Value(); return v == nil || v.Dead })
		s.limit = max(64, 2*len(s.all))
	}
	s.all = append(s.all, weak.Make(th))
}

func (s *threadSet) live() []*lua.LState {
	var out []*lua.LState
	for _, p := range s.all {
		if th := p.Value(); th != nil && !th.Dead {
			out = append(out, th)
		}
	}
	return out
}
