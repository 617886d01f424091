package debug

import (
	"slices"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// trapUser is whoever looks at single instructions: data and instruction
// breakpoints, steps. Its functions are called before and after the
// instructions that it has trapped, and answer with the stop that they want,
// whose Reason is "" if they want none. All of this file belongs to the
// goroutine that runs Lua.
type trapUser struct {
	before, after func(L *lua.LState, f vm.Frame, t *compile.Trap) Stop
	uses          []*trapUse
	unless        *unchanged // where it stands alone, after is called only if this is not so
}

// trapUse is a trap and those who use it.
type trapUse struct {
	trap          *compile.Trap
	before, after []*trapUser
}

// trapSet holds the armed traps of an engine.
type trapSet map[*compile.Function]map[int]*trapUse

// addTrap traps the instruction at a raw pc, in all copies of the function, for
// each of u's functions that is not nil. It fails for very long functions.
func (e *Engine) addTrap(u *trapUser, fn *compile.Function, raw int) error {
	if e.left {
		return ErrEnded
	}
	use := e.traps[fn][raw]
	if use == nil {
		t, err := fn.TrapAt(raw)
		if err != nil {
			return err
		}
		if e.traps[fn] == nil {
			e.traps[fn] = map[int]*trapUse{}
		}
		use = &trapUse{trap: t}
		e.traps[fn][raw] = use
	}
	if slices.Contains(use.before, u) || slices.Contains(use.after, u) {
		return nil
	}
	u.uses = append(u.uses, use)
	if u.before != nil {
		use.before = append(use.before, u)
	}
	if u.after != nil {
		use.after = append(use.after, u)
	}
	e.armTrap(use)
	return nil
}

// dropTraps takes all of u's traps away.
func (e *Engine) dropTraps(u *trapUser) {
	for _, use := range u.uses {
		use.before, use.after = without(use.before, u), without(use.after, u)
		e.armTrap(use)
		if len(use.before)+len(use.after) == 0 {
			e.recent = recentTraps{}
			fn := use.trap.Function
			if delete(e.traps[fn], use.trap.Raw); len(e.traps[fn]) == 0 {
				delete(e.traps, fn)
			}
		}
	}
	u.uses = nil
}

// without is a copy of a list: onTrap may be walking through it.
func without(list []*trapUser, u *trapUser) (out []*trapUser) {
	for _, v := range list {
		if v != u {
			out = append(out, v)
		}
	}
	return out
}

func (e *Engine) armTrap(use *trapUse) {
	for _, w := range e.protos[use.trap.Function] {
		if p := w.Value(); p != nil {
			use.arm(p)
		}
	}
}

func (use *trapUse) arm(p *lua.FunctionProto) {
	use.trap.Arm(p, len(use.before) > 0, len(use.after) > 0)
	if len(use.after) == 1 && use.after[0].unless != nil {
		use.after[0].unless.arm(use.trap, p)
	}
}

// armTraps arms the traps of a function in a copy that was just loaded.
func (e *Engine) armTraps(fn *compile.Function, p *lua.FunctionProto) {
	for _, use := range e.traps[fn] {
		use.arm(p)
	}
}

// dropAllTraps takes the traps of everybody away.
func (e *Engine) dropAllTraps() {
	for _, uses := range e.traps {
		for _, use := range uses {
			use.before, use.after = nil, nil
			e.armTrap(use)
		}
	}
	e.traps, e.recent = trapSet{}, recentTraps{}
}

// recentTraps finds the uses of the traps that were hit last without a look at
// the set.
type recentTraps [16]*trapUse

func (e *Engine) trapUse(t *compile.Trap) *trapUse {
	recent := &e.recent[t.Raw%len(e.recent)]
	if *recent == nil || (*recent).trap != t {
		use := e.traps[t.Function][t.Raw]
		if use == nil {
			return nil
		}
		*recent = use
	}
	return *recent
}

// onTrap asks the users of a trap whether to stop.
func (e *Engine) onTrap(L *lua.LState, f vm.Frame, t *compile.Trap, after bool) {
	use := e.trapUse(t)
	if use == nil {
		return
	}
	users := use.before
	if after {
		users = use.after
	}
	var stop Stop
	for _, u := range users {
		ask := u.before
		if after {
			ask = u.after
		}
		if s := ask(L, f, t); s.Reason != "" {
			stop = mergeStops(stop, s)
		}
	}
	if stop.Reason != "" {
		e.stopAt(L, f, stop)
	}
}

// mergeStops is the first stop, with the breakpoints of both.
func mergeStops(s, more Stop) Stop {
	switch {
	case s.Reason == "":
		return more
	case more.Reason != "":
		s.Breakpoints = append(s.Breakpoints, more.Breakpoints...)
	}
	return s
}
