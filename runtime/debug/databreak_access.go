package debug

import (
	"context"
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/vm"
)

// What happens to a watched variable, and which stops its breakpoints ask for.
// All of it belongs to the goroutine that runs Lua.

// holdData returns a function that takes what has become of the watched
// variables in between for what they were: the debugger has set them.
func (e *Engine) holdData() (release func()) {
	e.endUnwound()
	e.adoptData(e.data.holds > 0)
	e.data.holds++
	return func() {
		e.data.holds--
		e.adoptData(true)
	}
}

// holdFor is holdData for an evaluation in a frame. Locals of other frames that no
// closure shares are out of its reach, and finding those frames would cost a walk
// down the stack for each condition.
func (e *Engine) holdFor(th *lua.LState, f vm.Frame) (release func()) {
	reaches := func(v *variable) bool {
		c, ok := v.target.(*cellTarget)
		return !ok || !c.alive || c.cell.Valid() || c.thread == th && f.Valid() && c.index == f.Index()
	}
	e.adoptSome(e.data.holds > 0, reaches)
	e.data.holds++
	return func() {
		e.data.holds--
		e.adoptSome(true, reaches)
	}
}

// adoptData keeps the present values, and with adopt set those that have changed
// since they were kept count as known.
func (e *Engine) adoptData(adopt bool) {
	e.adoptSome(adopt, func(*variable) bool { return true })
}

func (e *Engine) adoptSome(adopt bool, which func(*variable) bool) {
	for _, v := range e.data.watched {
		if !which(v) {
			continue
		}
		value, ok := v.target.load()
		if !ok {
			continue
		}
		if adopt && !rawEqual(value, v.held) {
			v.know(value)
		}
		v.held = value
	}
}

// rawEqual is rawequal, but for a NaN, which is the same as another.
func rawEqual(a, b lua.LValue) bool {
	if x, ok := a.(lua.LNumber); ok && x != x {
		y, ok := b.(lua.LNumber)
		return ok && y != y
	}
	return a == b
}

// read tells the breakpoints of a variable that it is about to be read.
func (e *Engine) read(L *lua.LState, f vm.Frame, v *variable, value lua.LValue) (s Stop) {
	return e.accessed(L, f, v, func(b *dataBreakpoint) bool { return b.reads() }, func() string {
		return v.name + ": " + e.accessText(L, v, value) + " (read)"
	})
}

// accessText is a value of a variable as a stop shows it.
func (e *Engine) accessText(L *lua.LState, v *variable, value lua.LValue) string {
	if e.secrets.Load().hides(v.word, value) {
		return masked
	}
	return e.text(L, value, maxItem)
}

// wrote tells them that it was given a value.
func (e *Engine) wrote(L *lua.LState, f vm.Frame, v *variable, value lua.LValue) Stop {
	old := v.value
	v.know(value)
	changed := !rawEqual(old, value)
	return e.accessed(L, f, v, func(b *dataBreakpoint) bool {
		return b.writes() || changed && b.spec.Access == AccessChange
	}, func() string {
		return v.name + ": " + e.accessText(L, v, orNil(old)) + " -> " + e.accessText(L, v, value)
	})
}

// wantsReads and wantsWrites tell whether there are breakpoints for each read,
// and for each write.
func (v *variable) wantsReads() bool {
	for _, b := range v.bps {
		if b.reads() {
			return true
		}
	}
	return false
}

func (v *variable) wantsWrites() bool {
	for _, b := range v.bps {
		if b.writes() {
			return true
		}
	}
	return false
}

// accessed returns the stop that the breakpoints of a variable ask for.
func (e *Engine) accessed(L *lua.LState, f vm.Frame, v *variable, concerns func(*dataBreakpoint) bool, text func() string) (s Stop) {
	for _, b := range v.bps {
		if !concerns(b) {
			continue
		}
		failed := ""
		if b.spec.Condition != "" {
			ok, err := e.testAccess(L, f, b)
			if err != nil {
				failed = fmt.Sprintf("condition %q: %v", b.spec.Condition, err)
			} else if !ok {
				continue
			}
		}
		if b.hits++; !b.condition.met(b.hits) {
			continue
		}
		if s.Reason == "" {
			s = Stop{Reason: ReasonData, Description: "Paused on a data breakpoint", Text: text()}
		}
		if failed != "" {
			s.Text += "; " + failed
		}
		s.Breakpoints = append(s.Breakpoints, b.ID)
	}
	return s
}

func (e *Engine) testAccess(L *lua.LState, f vm.Frame, b *dataBreakpoint) (bool, error) {
	var at place
	if f.Valid() {
		at = place{staticOf(functionOf(L, f)), f.Pc()}
	}
	x := b.conds[at]
	if x == nil {
		var err error
		if x, err = e.compileExpression(L, L, f, b.spec.Condition, false); err != nil {
			return false, err
		}
		b.conds[at] = x
	}
	values, err := x.eval(context.Background(), e, L, L, f, conditionBudget)
	if err != nil {
		return false, err
	}
	return len(values) > 0 && lua.LVAsBool(values[0]), nil
}
