package debug

import (
	"context"
	"fmt"
	"sort"

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
		for _, ch := range e.children(c, filter, max(start, 0), count) {
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
		rest := &restOf{container: c, filter: filter, start: start + limit, e: e}
		out = append(out, child{name: fmt.Sprintf("… %d more", left), kind: KindVirtual, nested: rest, readOnly: true})
	}
	return out
}

// restOf holds the children that did not fit.
type restOf struct {
	container
	e      *Engine
	filter VariableFilter
	start  int
}

func (r *restOf) size() (int, int) { return maxChildren + 1, 0 }
func (r *restOf) named(int, int) []child {
	return r.e.children(r.container, r.filter, r.start, 0)
}
func (r *restOf) indexed(int, int) []child { return nil }

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
			ch.name, ch.expr = fmt.Sprintf("%s (shadowed, register %d)", l.Name, l.Reg), ""
		}
		out = append(out, ch)
	}
	for i, v := range varargs(s.r.th, d, s.r.f, s.r.fn) {
		name := fmt.Sprintf("(...)[%d]", i+1)
		out = append(out, child{name: name, value: v, expr: fmt.Sprintf("(select(%d, ...))", i+1), readOnly: true})
	}
	return out
}

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
		if !hidden(l) && (l.Name == name || fmt.Sprintf("%s (shadowed, register %d)", l.Name, l.Reg) == name) {
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
	for i, u := range s.r.fn.Upvalues {
		name := s.r.fn.Proto.DbgUpvalues[i]
		all = append(all, child{name: name, value: orNil(u.Value()), expr: name})
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

// --- globals ---

// globalScope holds the globals: the program's own, sorted, then one node with
// the standard library.
type globalScope struct {
	e   *Engine
	th  *lua.LState
	env *lua.LTable
}

func (s *globalScope) entries() (own, std []child) {
	s.env.ForEach(func(k, v lua.LValue) {
		ch := child{name: keyName(k), value: v, expr: keyExpr("", k)}
		if name, ok := k.(lua.LString); ok && s.e.stdGlobal[string(name)] {
			std = append(std, ch)
		} else {
			own = append(own, ch)
		}
	})
	for _, list := range [][]child{own, std} {
		sort.Slice(list, func(i, j int) bool { return list[i].name < list[j].name })
	}
	return own, std
}

func (s *globalScope) size() (int, int) {
	own, std := s.entries()
	return len(own) + min(len(std), 1), 0
}

func (s *globalScope) indexed(int, int) []child { return nil }

func (s *globalScope) named(start, count int) []child {
	own, std := s.entries()
	if len(std) > 0 {
		own = append(own, child{
			name: "(standard library)", text: fmt.Sprintf("%d names", len(std)), kind: KindVirtual,
			nested: &listScope{globalScope: s, items: std}, readOnly: true,
		})
	}
	return page(own, start, count)
}

func (s *globalScope) set(name string, v lua.LValue) error {
	s.env.RawSetString(name, v)
	return nil
}

// listScope is a fixed part of the globals.
type listScope struct {
	*globalScope
	items []child
}

func (s *listScope) size() (int, int)               { return len(s.items), 0 }
func (s *listScope) named(start, count int) []child { return page(s.items, start, count) }

// keepGlobals remembers which globals, and which Go functions, are the
// library's.
func (e *Engine) keepGlobals() {
	e.stdGlobal = map[string]bool{}
	e.natives = map[*lua.LFunction]string{}
	e.st.L.G.Global.ForEach(func(k, v lua.LValue) {
		name, ok := k.(lua.LString)
		if !ok {
			return
		}
		e.stdGlobal[string(name)] = true
		switch v := v.(type) {
		case *lua.LFunction:
			e.natives[v] = string(name)
		case *lua.LTable:
			if name == "_G" {
				return
			}
			v.ForEach(func(k2, v2 lua.LValue) {
				if fn, ok := v2.(*lua.LFunction); ok && fn.IsG {
					e.natives[fn] = string(name) + "." + k2.String()
				}
			})
		}
	})
}
