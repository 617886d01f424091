package debug

import (
	"context"
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// container is what a variables handle stands for.
type container interface {
	// size counts the named and the indexed children.
	size() (named, indexed int)
	// named returns count named children from start on, indexed likewise.
	named(start, count int) []child
	indexed(start, count int) []child
	// set changes a child.
	set(name string, v lua.LValue) error
}

// child is a variable in a container. expr gives its value in the frame that
// the container belongs to.
type child struct {
	name     string
	value    lua.LValue
	expr     string
	kind     VariableKind
	nested   container // for children that are no Lua values
	text     string    // their text
	readOnly bool
}

// maxChildren is how many children are given at once to a client that does not
// page; the rest is behind a last child.
const maxChildren = 500

// Variables returns the children of a handle: `count` of them from `start` on.
// With count <= 0 it returns all, up to 500, with a last one that leads to more.
func (e *Engine) Variables(ref int, filter VariableFilter, start, count int) (out []Variable, err error) {
	err = e.inStop(context.Background(), func(at *stop) error {
		c, ok := e.handles.get(ref).(container)
		if !ok {
			return fmt.Errorf("variables %d: %w", ref, ErrStale)
		}
		start = max(start, 0)
		if rest, ok := c.(*restOf); ok {
			c, filter, start = rest.container, rest.filter, rest.start+start
		}
		for _, ch := range e.children(c, filter, start, count) {
			out = append(out, e.variable(at.L, ch))
		}
		return nil
	})
	return out, err
}

func (e *Engine) children(c container, filter VariableFilter, start, count int) []child {
	named, indexed := c.size()
	switch filter {
	case FilterIndexed:
		named = 0
	case FilterNamed:
		indexed = 0
	}
	limit := count
	if count <= 0 {
		limit = maxChildren
	}
	var out []child
	if start < indexed {
		out = c.indexed(start, min(limit, indexed-start))
	}
	from := max(start-indexed, 0)
	if room := limit - len(out); room > 0 && from < named {
		out = append(out, c.named(from, min(room, named-from))...)
	}
	if left := named + indexed - start - limit; count <= 0 && left > 0 {
		rest := &restOf{container: c, filter: filter, start: start + limit}
		out = append(out, child{name: fmt.Sprintf("… %d more", left), kind: KindVirtual, nested: rest, readOnly: true})
	}
	return out
}

// restOf stands for the children that did not fit.
type restOf struct {
	container
	filter VariableFilter
	start  int
}

// variable gives a child its text and handle.
func (e *Engine) variable(L *lua.LState, ch child) Variable {
	if ch.nested != nil {
		v := Variable{Name: ch.name, Value: ch.text, Kind: ch.kind, ReadOnly: true, Ref: e.handles.add(ch.nested)}
		if _, rest := ch.nested.(*restOf); !rest {
			v.Named, v.Indexed = ch.nested.size()
		}
		return v
	}
	v := e.describe(L, ch.name, ch.value, ch.expr)
	v.ReadOnly = ch.readOnly
	if ch.kind != "" {
		v.Kind = ch.kind
	}
	return v
}

// describe is the Variable of a Lua value.
func (e *Engine) describe(L *lua.LState, name string, value lua.LValue, expr string) Variable {
	v := Variable{Name: name, Value: e.text(L, value, maxText), Type: value.Type().String(), EvaluateName: expr, Kind: KindData}
	switch x := value.(type) {
	case *lua.LTable:
		c := &tableScope{t: x, expr: expr}
		v.Named, v.Indexed = c.size()
		if v.Named+v.Indexed > 0 {
			v.Ref = e.handles.add(c)
		}
	case *lua.LUserData:
		if mt, ok := x.Metatable.(*lua.LTable); ok {
			v.Ref = e.handles.add(&tableScope{t: mt})
		}
	case *lua.LFunction:
		v.Kind = KindMethod
	}
	return v
}

// SetVariable sets a child of a container to the value of a Lua expression,
// evaluated in the frame of the stop.
func (e *Engine) SetVariable(ref int, name, expr string) (out Variable, err error) {
	err = e.inStop(context.Background(), func(at *stop) error {
		c, ok := e.handles.get(ref).(container)
		if !ok {
			return fmt.Errorf("variables %d: %w", ref, ErrStale)
		}
		r := frameRef{th: at.L, f: at.top}
		if s, ok := c.(interface{ frame() frameRef }); ok {
			r = s.frame()
		}
		x, err := e.compileExpression(at.L, r.th, r.f, expr, false)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(context.Background(), watchTimeout)
		defer cancel()
		values, err := x.eval(ctx, e, at.L, r.th, r.f, 0)
		if err != nil {
			return err
		}
		v := lua.LValue(lua.LNil)
		if len(values) > 0 {
			v = values[0]
		}
		if err := c.set(name, v); err != nil {
			return err
		}
		out = e.describe(at.L, name, v, "")
		return nil
	})
	return out, err
}

// --- locals ---

// localNames are the names of the locals in scope in a frame.
func (r frameRef) localNames() map[string]bool {
	names := map[string]bool{}
	if r.code != nil {
		for _, l := range r.code.ActiveLocals(r.code.RawPc(r.f.Pc())) {
			names[l.Name] = true
		}
	}
	return names
}

// localScope holds the locals of a frame and its varargs.
type localScope struct{ r frameRef }

func (s *localScope) frame() frameRef { return s.r }

// entries are the locals that the program can name, outermost first: those that
// are shadowed by a later one of the same name come with their register.
func (s *localScope) entries() []child {
	d := vm.Debug(s.r.th, s.r.f)
	active := s.r.code.ActiveLocals(s.r.code.RawPc(s.r.f.Pc()))
	last := map[string]int{}
	for i, l := range active {
		last[l.Name] = i
	}
	var out []child
	for i, l := range active {
		if hidden(l) {
			continue
		}
		ch := child{name: l.Name, value: vm.Register(s.r.th, d, l.Reg), expr: l.Name}
		if last[l.Name] != i {
			ch.name, ch.expr = fmt.Sprintf(shadowed, l.Name, l.Reg), ""
		}
		out = append(out, ch)
	}
	for i, v := range varargs(s.r.th, d, s.r.f, s.r.fn) {
		name := fmt.Sprintf("(...)[%d]", i+1)
		out = append(out, child{name: name, value: v, expr: fmt.Sprintf("(select(%d, ...))", i+1), readOnly: true})
	}
	return out
}

// shadowed is how a local is called that a later one of its name hides.
const shadowed = "%s (shadowed, register %d)"

func hidden(l compile.Local) bool { return l.Name[0] == '(' }

func (s *localScope) size() (int, int)         { return len(s.entries()), 0 }
func (s *localScope) indexed(int, int) []child { return nil }
func (s *localScope) named(start, count int) []child {
	return page(s.entries(), start, count)
}

func page(all []child, start, count int) []child {
	start = min(start, len(all))
	return all[start:min(start+count, len(all))]
}

func (s *localScope) set(name string, v lua.LValue) error {
	d := vm.Debug(s.r.th, s.r.f)
	reg := -1
	for _, l := range s.r.code.ActiveLocals(s.r.code.RawPc(s.r.f.Pc())) {
		if !hidden(l) && (l.Name == name || fmt.Sprintf(shadowed, l.Name, l.Reg) == name) {
			reg = l.Reg
		}
	}
	if reg < 0 {
		return fmt.Errorf("no local variable %q can be set here", name)
	}
	s.r.th.SetLocal(d, reg+1, v)
	return nil
}

// --- upvalues ---

type upvalueScope struct{ r frameRef }

func (s *upvalueScope) frame() frameRef          { return s.r }
func (s *upvalueScope) size() (int, int)         { return len(s.r.fn.Upvalues), 0 }
func (s *upvalueScope) indexed(int, int) []child { return nil }
func (s *upvalueScope) named(start, count int) []child {
	var all []child
	locals := s.r.localNames()
	for i, u := range s.r.fn.Upvalues {
		ch := child{name: s.r.fn.Proto.DbgUpvalues[i], value: orNil(u.Value())}
		if !locals[ch.name] {
			ch.expr = ch.name
		}
		all = append(all, ch)
	}
	return page(all, start, count)
}

func (s *upvalueScope) set(name string, v lua.LValue) error {
	for i, n := range s.r.fn.Proto.DbgUpvalues {
		if n == name {
			s.r.fn.Upvalues[i].SetValue(v)
			return nil
		}
	}
	return fmt.Errorf("no upvalue %q", name)
}

func orNil(v lua.LValue) lua.LValue {
	if v == nil {
		return lua.LNil
	}
	return v
}
