package globals

import (
	"fmt"
	"math"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
)

// maxCollected is how many values stream:collect keeps unless it is told.
const maxCollected = 1_000_000

// InstallStreaming defines the global Streaming in a Lua state:
//
//	Streaming.create(fn)   a stream of what fn(yield) yields; fn runs as a coroutine, a value at a time
//	Streaming.yield(v, …)  yields from the function of the stream, as coroutine.yield does
//
// A stream has, with a colon or a dot, next() (the next value, nil at the end),
// isDone(), collect(most) (an array of those that are left), iter() (for in), close(),
// and map(fn), filter(fn), take(n), which give a stream; it can be called like next.
func InstallStreaming(L *lua.LState, st *runtime.State) {
	g := &streamingGlobal{st: st, meta: L.CreateTable(0, 4)}
	if co, ok := L.GetGlobal("coroutine").(*lua.LTable); ok { // now: scripts may change it
		g.yield, _ = co.RawGetString("yield").(*lua.LFunction)
	}
	g.meta.RawSetString("__call", L.NewFunction(func(L *lua.LState) int { return g.next(L, g.stream(L, "next")) }))
	g.meta.RawSetString("__metatable", lua.LString("stream"))
	t := L.CreateTable(0, 8)
	g.yielder = L.NewFunction(g.yieldFrom)
	t.RawSetString("create", L.NewFunction(g.create))
	t.RawSetString("yield", g.yielder)
	asMethods(t)
	L.SetGlobal("Streaming", t)
}

// streamingGlobal is the Streaming of one Lua state.
type streamingGlobal struct {
	st      *runtime.State
	yield   *lua.LFunction // coroutine.yield
	yielder *lua.LFunction
	meta    *lua.LTable
}

// stream is what Streaming.create has made. pull returns the next values, and
// false at the end.
type stream struct {
	pull  func(L *lua.LState) ([]lua.LValue, bool)
	stop  func()
	ahead []lua.LValue // pulled by isDone
	has   bool
	done  bool
	// reading is set while pull runs, which may run functions of the script.
	reading bool
}

func (g *streamingGlobal) raise(L *lua.LState, format string, args ...any) int {
	g.st.Raise(L, fmt.Errorf(format, args...))
	return 0
}

func (g *streamingGlobal) create(L *lua.LState) int {
	fn, ok := L.Get(1).(*lua.LFunction)
	if !ok || fn.IsG {
		return g.raise(L, "Streaming.create: expected a Lua function, got %s", L.Get(1).Type())
	}
	th := g.st.NewThread(L, fn)
	args := []lua.LValue{g.yielder}
	s, closed := &stream{}, false
	s.stop = func() {
		closed = true
		if !s.reading && !th.Dead { // when the function closes its own stream it ends where it yields next
			g.st.Kill(th)
		}
	}
	s.pull = func(L *lua.LState) ([]lua.LValue, bool) {
		if closed {
			return nil, false
		}
		values := g.st.Resume(L, th, args...)
		args = nil
		if closed && !th.Dead {
			g.st.Kill(th)
		}
		return values, !th.Dead
	}
	return g.push(L, s)
}

// yieldFrom is Streaming.yield.
func (g *streamingGlobal) yieldFrom(L *lua.LState) int {
	if L.Parent == nil {
		return g.raise(L, "Streaming.yield: no stream is being read here; call it in the function that Streaming.create was given")
	}
	return g.yield.GFunction(L)
}

// push makes the table of a stream.
func (g *streamingGlobal) push(L *lua.LState, s *stream) int {
	t, ud := L.CreateTable(0, 10), L.NewUserData()
	ud.Value = s
	t.RawSetString("_stream", ud)
	for _, m := range []struct {
		name string
		call func(*lua.LState, *stream) int
	}{
		{"next", g.next}, {"isDone", g.isDone}, {"collect", g.collect}, {"iter", g.iter}, {"close", g.close},
		{"map", g.mapped}, {"filter", g.filtered}, {"take", g.taken},
	} {
		t.RawSetString(m.name, L.NewFunction(func(L *lua.LState) int {
			if L.Get(1) == t { // called with a colon
				L.Remove(1)
			}
			return m.call(L, s)
		}))
	}
	t.RawSetString("is_done", t.RawGetString("isDone"))
	t.Metatable = g.meta
	L.SetTop(0)
	L.Push(t)
	return 1
}

// stream finds the stream that is called.
func (g *streamingGlobal) stream(L *lua.LState, method string) *stream {
	if t, ok := L.Get(1).(*lua.LTable); ok {
		if ud, ok := t.RawGetString("_stream").(*lua.LUserData); ok {
			if s, ok := ud.Value.(*stream); ok {
				return s
			}
		}
	}
	g.raise(L, "stream:%s: expected a stream", method)
	return nil
}

// read returns the next values.
func (g *streamingGlobal) read(L *lua.LState, s *stream) ([]lua.LValue, bool) {
	if s.reading {
		g.raise(L, "stream: its own function cannot read it: the value it would wait for is made by itself")
	}
	if s.has {
		s.has = false
		return s.ahead, true
	}
	if s.done {
		return nil, false
	}
	s.done, s.reading = true, true // done also if pull raises an error
	defer func() { s.reading = false }()
	values, ok := s.pull(L)
	s.done = !ok
	return values, ok
}

func (g *streamingGlobal) next(L *lua.LState, s *stream) int {
	values, ok := g.read(L, s)
	if !ok {
		L.Push(lua.LNil)
		return 1
	}
	for _, v := range values {
		L.Push(v)
	}
	return len(values)
}

func (g *streamingGlobal) isDone(L *lua.LState, s *stream) int {
	if !s.has && !s.done {
		s.ahead, s.has = g.read(L, s)
	}
	L.Push(lua.LBool(!s.has))
	return 1
}

func first(values []lua.LValue) lua.LValue {
	if len(values) == 0 {
		return lua.LNil
	}
	return values[0]
}

// collect returns an array of the first value of each that is left.
func (g *streamingGlobal) collect(L *lua.LState, s *stream) int {
	most := maxCollected
	if v := L.Get(1); v != lua.LNil {
		n, ok := v.(lua.LNumber)
		if !ok || n < 0 || n != lua.LNumber(int(n)) {
			return g.raise(L, "stream:collect: expected a whole number, 0 at least, got %s", clipped(v.String()))
		}
		most = int(n)
	}
	t := L.NewTable()
	for i := 1; i <= most; i++ {
		values, ok := g.read(L, s)
		if !ok {
			break
		}
		t.RawSetInt(i, first(values))
		g.st.Host().Charge(L, 1)
	}
	L.SetTop(0)
	L.Push(t)
	return 1
}

func (g *streamingGlobal) iter(L *lua.LState, s *stream) int {
	L.Push(L.NewFunction(func(L *lua.LState) int { return g.next(L, s) }))
	return 1
}

// close ends the stream; its function does not go on.
func (g *streamingGlobal) close(_ *lua.LState, s *stream) int {
	s.has, s.done = false, true
	s.stop()
	return 0
}

func (g *streamingGlobal) function(L *lua.LState, method string) *lua.LFunction {
	fn, ok := L.Get(1).(*lua.LFunction)
	if !ok {
		g.raise(L, "stream:%s: expected a function, got %s", method, L.Get(1).Type())
	}
	return fn
}

// apply calls fn with values and returns its first result.
func apply(L *lua.LState, fn *lua.LFunction, values []lua.LValue) lua.LValue {
	L.Push(fn)
	for _, v := range values {
		L.Push(v)
	}
	L.Call(len(values), 1)
	v := L.Get(-1)
	L.Pop(1)
	return v
}

func (g *streamingGlobal) mapped(L *lua.LState, s *stream) int {
	fn := g.function(L, "map")
	return g.push(L, &stream{stop: s.stop, pull: func(L *lua.LState) ([]lua.LValue, bool) {
		values, ok := g.read(L, s)
		if !ok {
			return nil, false
		}
		return []lua.LValue{apply(L, fn, values)}, true
	}})
}

func (g *streamingGlobal) filtered(L *lua.LState, s *stream) int {
	fn := g.function(L, "filter")
	return g.push(L, &stream{stop: s.stop, pull: func(L *lua.LState) ([]lua.LValue, bool) {
		for {
			values, ok := g.read(L, s)
			if !ok {
				return nil, false
			}
			if lua.LVAsBool(apply(L, fn, values)) {
				return values, true
			}
		}
	}})
}

func (g *streamingGlobal) taken(L *lua.LState, s *stream) int {
	n, ok := L.Get(1).(lua.LNumber)
	if !ok || !(n >= 0) || n != lua.LNumber(math.Floor(float64(n))) {
		return g.raise(L, "stream:take: expected a whole number, 0 at least, got %s", clipped(L.Get(1).String()))
	}
	left := int(min(n, 1e15))
	return g.push(L, &stream{stop: s.stop, pull: func(L *lua.LState) ([]lua.LValue, bool) {
		if left == 0 {
			return nil, false
		}
		left--
		return g.read(L, s)
	}})
}
