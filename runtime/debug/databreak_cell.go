package debug

import (
	"slices"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// cellTarget is a local variable of one activation of a function, or what
// closures have made of it. In a loop it is what the local is in each turn.
type cellTarget struct {
	decl  *compile.Function // the function that declares it
	local compile.Local
	// While the activation is alive: its thread, place in the call stack, and
	// closure.
	alive  bool
	thread *lua.LState
	index  int
	runs   *lua.LFunction
	// What closures share, if any has captured it. up is nil until one was seen.
	cell vm.Cell
	up   *lua.Upvalue

	pending bool // a first value was written, and the scope has not begun
}

func (c *cellTarget) same(t target) bool {
	d, ok := t.(*cellTarget)
	if !ok || c.decl != d.decl || c.local != d.local {
		return false
	}
	if c.alive && d.alive {
		return c.thread == d.thread && c.index == d.index
	}
	return c.cell.Is(d.cell)
}

const outOfScope = "has gone out of scope"

func (c *cellTarget) gone() string {
	if c.alive {
		_, c.alive = c.frame()
	}
	if !c.alive && !c.cell.Valid() {
		return outOfScope
	}
	return ""
}

// frame finds the activation's frame.
func (c *cellTarget) frame() (vm.Frame, bool) {
	if !c.alive || c.thread.Dead {
		return vm.Frame{}, false
	}
	f := currentFrame(c.thread)
	for f.Valid() && f.Index() > c.index {
		f = f.Parent()
	}
	return f, f.Valid() && f.Index() == c.index && f.Runs(c.runs)
}

func (c *cellTarget) load() (lua.LValue, bool) {
	if c.up != nil { // it reads the register while that is the variable
		return orNil(c.up.Value()), true
	}
	if f, ok := c.frame(); ok {
		if raw := c.decl.RawPc(f.Pc()); c.local.Start <= raw && raw < c.local.End {
			return vm.Read(c.thread, f, c.local.Reg), true
		}
	}
	return nil, false
}

func (c *cellTarget) arm(e *Engine, v *variable) error {
	v.write = nil
	v.before = &trapUser{before: func(L *lua.LState, f vm.Frame, t *compile.Trap) Stop { return c.before(e, v, L, f, t) }}
	v.after = &trapUser{after: func(L *lua.LState, f vm.Frame, t *compile.Trap) Stop { return c.after(e, v, L, f, t) }}
	add := func(u *trapUser, fn *compile.Function, places []int) error {
		for _, raw := range places {
			if err := e.addTrap(u, fn, raw); err != nil {
				return err
			}
		}
		return nil
	}
	reads := v.wantsReads()
	for _, h := range holdersOf(c.decl, c.local) {
		gets, sets := h.accesses()
		if err := add(v.after, h.fn, sets); err != nil {
			return err
		}
		if !reads {
			continue
		}
		if err := add(v.before, h.fn, gets); err != nil {
			return err
		}
	}
	if !c.alive {
		return nil
	}
	access := accessesOf(c.decl, c.local)
	c.pending = false
	before := access.exits
	if access.begins {
		before = append(before, c.local.Start)
	}
	if reads {
		before = append(before, access.reads...)
	}
	v.write = &trapUser{after: v.after.after}
	if !v.wantsWrites() {
		v.write.unless = &unchanged{fn: c.decl, reg: c.local.Reg, n: e.spareConstant(v)}
		v.write.unless.know(v.value)
	}
	for _, raw := range access.writes {
		u := v.after
		if c.local.Start <= raw && raw < c.local.End && !slices.Contains(access.captures, raw) {
			u = v.write
		}
		if err := add(u, c.decl, []int{raw}); err != nil {
			return err
		}
	}
	if err := add(v.after, c.decl, access.captures); err != nil {
		return err
	}
	return add(v.before, c.decl, before)
}

// spareConstant is a number that no other watched variable has.
func (e *Engine) spareConstant(v *variable) int {
	for n := 0; ; n++ {
		if !slices.ContainsFunc(e.data.watched, func(w *variable) bool {
			return w != v && w.write != nil && w.write.unless != nil && w.write.unless.n == n
		}) {
			return n
		}
	}
}

// accesses are the places where the holder's function reads and sets the
// upvalue.
func (h holder) accesses() (gets, sets []int) {
	for raw := range h.fn.RawLen() {
		i := h.fn.Raw(raw)
		if _, b, _ := compile.Operands(i); h.fn.Pc(raw) < 0 || b != h.index {
			continue
		}
		switch compile.Opcode(i) {
		case lua.OP_GETUPVAL:
			gets = append(gets, raw)
		case lua.OP_SETUPVAL:
			sets = append(sets, raw)
		}
	}
	return gets, sets
}

// isFrame tells whether a frame of the declaring function is the activation.
func (c *cellTarget) isFrame(L *lua.LState, f vm.Frame) bool {
	return c.alive && L == c.thread && f.Index() == c.index
}

// shares tells whether upvalue i of a frame's function is the variable.
func (c *cellTarget) shares(L *lua.LState, f vm.Frame, i int) bool {
	if !c.cell.Valid() || !f.Cell(i).Is(c.cell) {
		return false
	}
	if c.up == nil {
		c.up = functionOf(L, f).Upvalues[i]
	}
	return true
}

func (c *cellTarget) before(e *Engine, v *variable, L *lua.LState, f vm.Frame, t *compile.Trap) (s Stop) {
	i := t.Function.Raw(t.Raw)
	_, b, _ := compile.Operands(i)
	if t.Function != c.decl {
		if c.shares(L, f, b) {
			s = e.read(L, f, v, orNil(c.up.Value()))
		}
		return s
	}
	if !c.isFrame(L, f) {
		return s
	}
	if c.pending && t.Raw == c.local.Start {
		s = c.begin(e, v, L, f)
	}
	inScope := c.local.Start <= t.Raw && t.Raw < c.local.End
	if inScope && s.Reason == "" && v.wantsReads() && readsRegister(t.Function, t.Raw, c.local.Reg) {
		s = e.read(L, f, v, vm.Read(L, f, c.local.Reg))
	}
	if op := compile.Opcode(i); op == lua.OP_RETURN || op == lua.OP_TAILCALL {
		c.leave(e, v)
	}
	return s
}

func (c *cellTarget) after(e *Engine, v *variable, L *lua.LState, f vm.Frame, t *compile.Trap) (s Stop) {
	i := t.Function.Raw(t.Raw)
	a, b, _ := compile.Operands(i)
	if t.Function != c.decl {
		if c.shares(L, f, b) {
			s = e.wrote(L, f, v, orNil(c.up.Value()))
		}
		return s
	}
	if !c.isFrame(L, f) {
		return s
	}
	op := compile.Opcode(i)
	inScope := c.local.Start <= t.Raw && t.Raw < c.local.End
	switch {
	case inScope && writesRegister(t.Function, t.Raw, c.local.Reg):
		if len(v.bps) > 0 && !v.wantsWrites() && vm.Holds(L, f, c.local.Reg, v.value) {
			break // nothing has changed
		}
		s = e.wrote(L, f, v, vm.Read(L, f, c.local.Reg))
	case !inScope && t.Function.RawPc(f.Pc()) == c.local.Start:
		if c.pending || writesRegister(t.Function, t.Raw, c.local.Reg) {
			s = c.begin(e, v, L, f)
		}
	case !inScope && op != lua.OP_FORLOOP && op != lua.OP_TFORLOOP: // these have left their loop
		c.pending = c.pending || writesRegister(t.Function, t.Raw, c.local.Reg)
	}
	if op == lua.OP_CLOSURE {
		if k := captureOf(t.Function, t.Raw, true, c.local.Reg); k >= 0 {
			if fn, ok := vm.Read(L, f, a).(*lua.LFunction); ok && k < len(fn.Upvalues) {
				c.up = fn.Upvalues[k]
				c.cell = vm.CellOf(c.up)
			}
		}
	}
	return s
}

// begin is the begin of the local's scope: it is a new variable, which no
// closure has captured yet, in the place of the one before.
func (c *cellTarget) begin(e *Engine, v *variable, L *lua.LState, f vm.Frame) Stop {
	c.pending, c.cell, c.up = false, vm.Cell{}, nil
	return e.wrote(L, f, v, vm.Read(L, f, c.local.Reg))
}

// leave is the end of the activation. A captured variable lives on.
func (c *cellTarget) leave(e *Engine, v *variable) {
	c.alive, c.pending = false, false
	if !c.cell.Valid() {
		for _, b := range e.lose(v, v.name+" "+outOfScope) {
			e.h.BreakpointChanged(b)
		}
	} else {
		e.disarm(v)
		_ = c.arm(e, v) // traps of these places were laid out before: none can fail
	}
	e.armEntries()
}

// armEntries arms the entries of the functions of watched activations.
func (e *Engine) armEntries() {
	old := e.data.entries
	e.data.entries = map[*compile.Function]bool{}
	for _, v := range e.data.watched {
		if c, ok := v.target.(*cellTarget); ok && c.alive {
			e.data.entries[c.decl] = true
		}
	}
	for fn := range old {
		e.arm(fn)
	}
	for fn := range e.data.entries {
		e.arm(fn)
	}
}

// enterWatched is told of new activations: one in the place of a watched one
// means that this has been unwound by an error.
func (e *Engine) enterWatched(L *lua.LState, f vm.Frame, fn *compile.Function) {
	if !e.data.entries[fn] {
		return
	}
	e.endActivations(func(c *cellTarget) bool { return c.thread == L && f.Index() <= c.index })
}

// afterError looks, once an error has unwound frames, for those that are gone.
func (e *Engine) afterError() {
	if len(e.data.entries) == 0 {
		return
	}
	e.st.Post(func(*lua.LState) { e.endUnwound() })
}

// endUnwound ends the watched activations whose frames are gone.
func (e *Engine) endUnwound() {
	e.endActivations(func(c *cellTarget) bool {
		_, ok := c.frame()
		return !ok
	})
}

func (e *Engine) endActivations(ended func(*cellTarget) bool) {
	for _, v := range append([]*variable(nil), e.data.watched...) {
		if c, ok := v.target.(*cellTarget); ok && c.alive && ended(c) {
			c.leave(e, v)
		}
	}
}
