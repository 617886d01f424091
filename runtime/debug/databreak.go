package debug

import (
	"context"
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
)

// dataBreakpoint is a data breakpoint. The fields from hits on belong to the
// goroutine that runs Lua.
type dataBreakpoint struct {
	Breakpoint // under Engine.mu
	spec       DataBreakpointSpec
	variable   *variable // nil: unknown
	condition  hitCondition

	hits  int
	conds map[place]*expression
}

// place is where a condition was compiled for: names mean the same there.
type place struct {
	fn *compile.Function
	pc int
}

// dataBreakpoints is what SetDataBreakpoints has set.
type dataBreakpoints struct {
	known  []*variable // under Engine.mu
	lastID int
	list   []*dataBreakpoint

	// Only for the goroutine that runs Lua.
	watched []*variable
	holds   int                            // stops and evaluations under way
	entries map[*compile.Function]bool     // a new activation of these may be in a watched frame's place
	wrapped map[*lua.LFunction]*nativeHook // library functions that write tables
}

// variable is what a data breakpoint watches. All but its names belongs to the
// goroutine that runs Lua.
type variable struct {
	id     string
	name   string // as the stop shows it: "heap.size"
	word   string // its own: "size"
	about  string // "counter (local of push)"
	target target

	value  lua.LValue // at the last access
	held   lua.LValue // when the debugger began to do as it likes
	bps    []*dataBreakpoint
	before *trapUser
	after  *trapUser
	write  *trapUser // after, for what only writes the local's register; or nil
}

// know takes a value for the one that the variable has.
func (v *variable) know(value lua.LValue) {
	v.value = value
	if v.write != nil && v.write.unless != nil {
		v.write.unless.know(value)
	}
}

// target is the kind of a variable.
type target interface {
	// arm sets the traps.
	arm(e *Engine, v *variable) error
	// load reads the value; ok is false if that is not possible now.
	load() (value lua.LValue, ok bool)
	// gone says why there is nothing to watch any more, or "".
	gone() string
	// same tells whether it is the same variable.
	same(t target) bool
}

// globalPrefix begins the ids of global variables, which mean the same in every
// session.
const globalPrefix = "global:"

// maxKnown is how many ids of variables that are not watched are remembered.
const maxKnown = 200

// remember gives a variable its id: the one that it has, if it is known. One
// that is not watched takes the name that it was asked for by. It takes Engine.mu.
func (e *Engine) remember(v *variable) *variable {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, k := range e.data.known {
		if k.target.same(v.target) {
			if len(k.bps) == 0 {
				k.name, k.about = v.name, v.about
			}
			return k
		}
	}
	if v.id == "" {
		e.data.lastID++
		v.id = fmt.Sprintf("variable:%d", e.data.lastID)
	}
	e.data.known = append(e.data.known, v)
	return v
}

// forgetVariables drops ids at the end of a stop: of locals that are not
// watched, because another activation could take their place, and the oldest.
func (e *Engine) forgetVariables() {
	e.mu.Lock()
	defer e.mu.Unlock()
	used := map[*variable]bool{}
	for _, b := range e.data.list {
		used[b.variable] = true
	}
	spare := len(e.data.known) - len(used) - maxKnown
	kept := e.data.known[:0]
	for _, v := range e.data.known {
		c, ok := v.target.(*cellTarget)
		if !used[v] && (ok && c.alive || spare > 0) {
			spare--
			continue
		}
		kept = append(kept, v)
	}
	clear(e.data.known[len(kept):])
	e.data.known = kept
}

// lookUp finds the variable of an id. Engine.mu is held.
func (e *Engine) lookUp(id string) *variable {
	for _, v := range e.data.known {
		if v.id == id {
			return v
		}
	}
	if name, ok := strings.CutPrefix(id, globalPrefix); ok && isIdentifier(name) {
		v := globalVariable(e.globals, name)
		e.data.known = append(e.data.known, v)
		return v
	}
	return nil
}

// SetDataBreakpoints replaces all data breakpoints and answers in the order of
// specs. Those on local variables can be set at the stop at which their ids were
// given.
func (e *Engine) SetDataBreakpoints(specs []DataBreakpointSpec) []Breakpoint {
	list := make([]*dataBreakpoint, len(specs))
	e.mu.Lock()
	for i, spec := range specs {
		list[i] = newDataBreakpoint(spec, e.lookUp(spec.ID))
		e.nextID++
		list[i].ID = e.nextID
	}
	e.data.list = list
	e.mu.Unlock()
	set := func(*stop) error {
		e.watchData()
		return nil
	}
	if e.inStop(context.Background(), set) != nil {
		e.st.Post(func(*lua.LState) {
			for _, b := range e.watchData() {
				e.h.BreakpointChanged(b)
			}
		})
	}
	out := make([]Breakpoint, len(specs))
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, b := range list {
		out[i] = b.Breakpoint
	}
	return out
}

func newDataBreakpoint(spec DataBreakpointSpec, v *variable) *dataBreakpoint {
	if spec.Access == "" {
		spec.Access = AccessChange
	}
	b := &dataBreakpoint{spec: spec, variable: v, conds: map[place]*expression{}}
	var err error
	if b.condition, err = parseHitCondition(spec.HitCondition); err == nil && spec.Condition != "" {
		err = checkExpression(spec.Condition)
	}
	switch spec.Access {
	case AccessRead, AccessWrite, AccessReadWrite, AccessChange:
	default:
		err = fmt.Errorf("no kind of access is called %q: it is read, write, readWrite or change", spec.Access)
	}
	switch {
	case err != nil:
		b.Message, b.variable = err.Error(), nil
	case v == nil:
		b.Message = "the variable is not known any more: ask for its data breakpoint again where it is in scope"
	default:
		b.Verified = true
	}
	return b
}

func (b *dataBreakpoint) reads() bool {
	return b.spec.Access == AccessRead || b.spec.Access == AccessReadWrite
}

func (b *dataBreakpoint) writes() bool {
	return b.spec.Access == AccessWrite || b.spec.Access == AccessReadWrite
}

// --- on the goroutine that runs Lua ---

// watchData sets the traps for the data breakpoints that are to be there now,
// and returns those that cannot work.
func (e *Engine) watchData() (broken []Breakpoint) {
	e.mu.Lock()
	list, gone, running := e.data.list, e.detached, e.at == nil
	e.mu.Unlock()
	e.unwatchData()
	if gone {
		return nil
	}
	if running {
		e.forgetVariables()
	}
	for _, b := range list {
		v := b.variable
		if v == nil || !b.Verified {
			continue
		}
		if v.bps = append(v.bps, b); len(v.bps) == 1 {
			e.data.watched = append(e.data.watched, v)
		}
	}
	for _, v := range append([]*variable(nil), e.data.watched...) {
		reason := v.target.gone()
		if reason != "" {
			reason = v.name + " " + reason
		} else {
			if value, ok := v.target.load(); ok {
				v.value, v.held = value, value
			}
			if err := v.target.arm(e, v); err != nil {
				reason = cannotWatch(v, err)
			}
		}
		if reason != "" {
			broken = append(broken, e.lose(v, reason)...)
		}
	}
	e.armEntries()
	e.wrapLibrary()
	return broken
}

func cannotWatch(v *variable, err error) string {
	return fmt.Sprintf("%s cannot be watched: %v", v.name, err)
}

// unwatchData takes all traps away.
func (e *Engine) unwatchData() {
	for _, v := range e.data.watched {
		e.disarm(v)
		v.bps = nil
	}
	e.data.watched = nil
	e.armEntries()
	e.wrapLibrary()
}

func (e *Engine) disarm(v *variable) {
	for _, u := range []*trapUser{v.before, v.after, v.write} {
		if u != nil {
			e.dropTraps(u)
		}
	}
}

// lose ends the watch of a variable and returns its breakpoints as they are now.
func (e *Engine) lose(v *variable, message string) (changed []Breakpoint) {
	e.disarm(v)
	for i, w := range e.data.watched {
		if w == v {
			e.data.watched = append(e.data.watched[:i:i], e.data.watched[i+1:]...)
			break
		}
	}
	e.mu.Lock()
	for _, b := range v.bps {
		b.Verified, b.Message = false, message
		changed = append(changed, b.Breakpoint)
	}
	e.mu.Unlock()
	v.bps = nil
	return changed
}
